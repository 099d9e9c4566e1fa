// Beast's own code, compiled once: in every file that uses it, it would cost many seconds.
#include <boost/beast/src.hpp>
