# The dashboard's files as C++ arrays: nothing to install beside the binary, nothing to run at build time but CMake.
# Sets gdbhub_web_assets, a source of the target that serves them.
set(web_types
  html text/html
  js text/javascript
  mjs text/javascript
  css text/css
  svg image/svg+xml)
set(web_folder ${CMAKE_CURRENT_LIST_DIR})
file(GLOB_RECURSE web_files CONFIGURE_DEPENDS RELATIVE ${web_folder}
  ${web_folder}/*.html ${web_folder}/*.js ${web_folder}/*.mjs ${web_folder}/*.css ${web_folder}/*.svg)
list(TRANSFORM web_files PREPEND ${web_folder}/ OUTPUT_VARIABLE web_inputs)
set(gdbhub_web_assets ${CMAKE_CURRENT_BINARY_DIR}/web_assets.cc)
add_custom_command(OUTPUT ${gdbhub_web_assets}
  COMMAND ${CMAKE_COMMAND} "-DFILES=${web_files}" "-DTYPES=${web_types}" -DFOLDER=${web_folder} -DOUTPUT=${gdbhub_web_assets}
    -P ${web_folder}/embed.cmake
  DEPENDS ${web_inputs} ${web_folder}/embed.cmake VERBATIM)
