# libmodelsig (static and shared), the Lua module for a stock lua5.4, and the program.
set(foreign_libs Threads::Threads m)
if(MODELSIG_NET OR MODELSIG_REPL)
  list(APPEND foreign_libs ${CMAKE_DL_LIBS})
endif()
if(MODELSIG_ONNX)
  list(APPEND foreign_libs PkgConfig::PROTOBUFC)
endif()
set(host_libs PkgConfig::CJSON PkgConfig::LUA ${foreign_libs} ${CMAKE_DL_LIBS})

add_library(modelsig_static STATIC ${layer_objects})
target_link_libraries(modelsig_static PUBLIC ${host_libs})

add_library(modelsig_shared SHARED ${layer_objects})
target_link_libraries(modelsig_shared PRIVATE ${host_libs})
set_target_properties(modelsig_shared PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION 0
  LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/exports.map)
target_link_options(modelsig_shared PRIVATE
  -Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/exports.map)

# The module lives in somebody else's state: of the host it needs only the searcher.
set(module_objects ${layer_objects})
list(REMOVE_ITEM module_objects $<TARGET_OBJECTS:msig_host>)
add_library(modelsig_module MODULE ${module_objects} ${PROJECT_SOURCE_DIR}/src/host/searcher.c)
target_include_directories(modelsig_module PRIVATE ${PROJECT_SOURCE_DIR}/src
  ${PROJECT_BINARY_DIR}/generated)
target_link_libraries(modelsig_module PRIVATE lua_headers)
if(MODELSIG_TREE)
  target_compile_definitions(modelsig_module PRIVATE MODELSIG_TREE="${PROJECT_SOURCE_DIR}")
endif()
target_link_libraries(modelsig_module PRIVATE ${foreign_libs})
set_target_properties(modelsig_module PROPERTIES PREFIX ""
  LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lua)
target_link_options(modelsig_module PRIVATE -Wl,--gc-sections -Wl,-Bsymbolic)

add_executable(modelsig ${PROJECT_SOURCE_DIR}/src/host/main.c)
target_include_directories(modelsig PRIVATE ${PROJECT_SOURCE_DIR}/src
  ${PROJECT_BINARY_DIR}/generated)
target_link_libraries(modelsig PRIVATE modelsig_static)

foreach(library static shared module)
  set_target_properties(modelsig_${library} PROPERTIES OUTPUT_NAME modelsig LINKER_LANGUAGE C)
endforeach()
