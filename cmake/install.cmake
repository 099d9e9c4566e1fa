# `cmake --install`: the program, and what it takes to write an engine of one's own (docs/engines.md): the headers of
# include/gdbhub, the libraries, and a package for find_package(gdbhub).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/gdbhub)
foreach(library IN LISTS GDBHUB_LIBRARIES)
  string(REPLACE gdbhub_ "" name ${library})
  set_target_properties(${library} PROPERTIES EXPORT_NAME ${name})
  install(TARGETS ${library} EXPORT gdbhub)
endforeach()
set_target_properties(gdbhub_server PROPERTIES EXPORT_NAME hub)  # gdbhub::hub brings all the others
install(TARGETS gdbhub)
install(DIRECTORY include/gdbhub TYPE INCLUDE FILES_MATCHING PATTERN *.h)
install(EXPORT gdbhub NAMESPACE gdbhub:: FILE gdbhub-targets.cmake DESTINATION ${package_folder})
configure_package_config_file(cmake/gdbhub-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/gdbhub-config.cmake
  INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/gdbhub-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/gdbhub-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/gdbhub-config-version.cmake
  DESTINATION ${package_folder})
