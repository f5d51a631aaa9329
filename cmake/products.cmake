# libmodelsig (static and shared), the Lua module for a stock lua5.4, and the program.
set(foreign_libs PkgConfig::CRYPTO Threads::Threads m)
if(MODELSIG_REPL)
  list(APPEND foreign_libs PkgConfig::EDIT)
endif()
if(MODELSIG_NET AND TARGET msig_net)
  list(APPEND foreign_libs PkgConfig::CURL)
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

add_library(modelsig_module MODULE ${layer_objects})
target_link_libraries(modelsig_module PRIVATE ${foreign_libs})
set_target_properties(modelsig_module PROPERTIES PREFIX ""
  LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lua)
# The host part of the objects (states of our own) stays out of it.
target_link_options(modelsig_module PRIVATE -Wl,--gc-sections -Wl,-Bsymbolic)

add_executable(modelsig ${PROJECT_SOURCE_DIR}/src/host/main.c)
target_include_directories(modelsig PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_BINARY_DIR}/generated)
target_link_libraries(modelsig PRIVATE modelsig_static)

foreach(library static shared module)
  set_target_properties(modelsig_${library} PROPERTIES OUTPUT_NAME modelsig LINKER_LANGUAGE C)
endforeach()
