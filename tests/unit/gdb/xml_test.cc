#include "engines/gdb/xml.h"

#include <gtest/gtest.h>

namespace gdbhub::gdb {
namespace {

TEST(XmlEscaped, MarkupIsSpelledOut) {
  EXPECT_EQ(xml_escaped("<a & \"b'>"), "&lt;a &amp; &quot;b&apos;&gt;");
}

TEST(XmlEscaped, CharactersOfAnyLengthStay) {
  for (const char* text :
       {"", "plain\t\n", "\xc2\x80", "\xc3\xa9", "\xe2\x82\xac", "\xef\xbf\xbd", "\xf0\x9f\x90\x9b"})
    EXPECT_EQ(xml_escaped(text), text);
}

TEST(XmlEscaped, WhatXmlCannotHaveBecomesAQuestionMark) {
  EXPECT_EQ(xml_escaped(std::string_view("a\0b\x1f", 4)), "a?b?");
  EXPECT_EQ(xml_escaped("\xff\x80"), "??");
  EXPECT_EQ(xml_escaped("\xc3"), "?") << "cut off";
  EXPECT_EQ(xml_escaped("\xc3<"), "?&lt;");
  EXPECT_EQ(xml_escaped("\xc0\x80"), "??") << "a longer spelling of zero";
  EXPECT_EQ(xml_escaped("\xed\xa0\x80"), "???") << "half of a surrogate pair";
  EXPECT_EQ(xml_escaped("\xf4\x90\x80\x80"), "????") << "beyond Unicode";
  EXPECT_EQ(xml_escaped("\xef\xbf\xbf"), "???");
}

}  // namespace
}  // namespace gdbhub::gdb
