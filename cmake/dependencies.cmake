# What we link; every one of them is a Debian package and none is downloaded here.
find_package(PkgConfig REQUIRED)
pkg_check_modules(LUA REQUIRED IMPORTED_TARGET lua5.4)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET lua5.4-cjson)
if(MODELSIG_REPL)
  pkg_check_modules(EDIT REQUIRED libedit)
endif()
if(MODELSIG_NET)
  pkg_check_modules(CURL REQUIRED libcurl>=7.87)
endif()
if(MODELSIG_ONNX)
  pkg_check_modules(PROTOBUFC REQUIRED IMPORTED_TARGET libprotobuf-c)
  find_program(PROTOC_C protoc-c REQUIRED)
endif()
find_package(Threads REQUIRED)

# Headers only: src/net/library.c loads libcurl when it is first needed.
if(MODELSIG_NET)
  add_library(curl_headers INTERFACE)
  target_include_directories(curl_headers SYSTEM INTERFACE ${CURL_INCLUDE_DIRS})
endif()

# The same of libedit, which src/bind/edit_library.c loads.
set(edit_headers)
if(MODELSIG_REPL)
  set(edit_headers edit_headers)
  add_library(edit_headers INTERFACE)
  target_include_directories(edit_headers SYSTEM INTERFACE ${EDIT_INCLUDE_DIRS})
endif()

# Headers only: the Lua module must not link the library, since the interpreter brings its own.
add_library(lua_headers INTERFACE)
target_include_directories(lua_headers SYSTEM INTERFACE ${LUA_INCLUDE_DIRS} /usr/include/lua5.4)
