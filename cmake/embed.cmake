# Files that travel inside the binary, in the order of their names; embed.c writes them as arrays.
add_executable(embed_tool ${PROJECT_SOURCE_DIR}/cmake/embed.c)
target_link_libraries(embed_tool PRIVATE PkgConfig::LUA)
set(embed_kinds lua rules scripts samples)
set(embedded_c ${PROJECT_BINARY_DIR}/embedded.c)
set(embed_files)
foreach(kind IN LISTS embed_kinds)
  file(GLOB_RECURSE found CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
    ${PROJECT_SOURCE_DIR}/${kind}/*)
  list(FILTER found EXCLUDE REGEX "/\\.|~$|^lua/modelsig/meta/")
  list(APPEND embed_files ${found})
endforeach()
list(SORT embed_files)
list(TRANSFORM embed_files PREPEND ${PROJECT_SOURCE_DIR}/ OUTPUT_VARIABLE embed_paths)
set(embed_list ${PROJECT_BINARY_DIR}/embed_list.txt)
string(REPLACE ";" "\n" embed_text "${embed_files}")
file(CONFIGURE OUTPUT ${embed_list} CONTENT "${embed_text}\n" @ONLY)

add_custom_command(OUTPUT ${embedded_c}.stamp BYPRODUCTS ${embedded_c}
  COMMAND embed_tool ${PROJECT_SOURCE_DIR} ${embed_list} ${embedded_c}
  COMMAND ${CMAKE_COMMAND} -E touch ${embedded_c}.stamp
  DEPENDS ${embed_paths} ${embed_list} embed_tool ${PROJECT_SOURCE_DIR}/cmake/family_index.lua
  COMMENT "Embedding Lua, rules, scripts and samples" VERBATIM)
add_custom_target(embed DEPENDS ${embedded_c}.stamp)
set_source_files_properties(${embedded_c} PROPERTIES GENERATED TRUE)
