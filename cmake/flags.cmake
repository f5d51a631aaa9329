# Language level, warnings, sanitizers. Everything is position independent and hidden by default:
# what a shared object exports is said where it is declared.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG")

add_compile_definitions(_XOPEN_SOURCE=700 _FILE_OFFSET_BITS=64)
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes
  -Wmissing-prototypes)
if(DEFINED ENV{CI})
  add_compile_options(-Werror)
endif()
if(MODELSIG_SANITIZE)
  add_compile_options(-fsanitize=${MODELSIG_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  add_compile_definitions(MSIG_NO_POOL)
  add_link_options(-fsanitize=${MODELSIG_SANITIZE})
endif()
if(MODELSIG_COVERAGE)
  add_compile_options(--coverage -O0)
  add_link_options(--coverage)
endif()
