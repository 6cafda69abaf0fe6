# How a layer, its tests and its fuzz targets are built.

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# asan, tsan, fuzz, coverage or nothing: set by the presets.
set(MIDAIR_SANITIZE "" CACHE STRING "Which instrumentation to build with")

add_library(midair_flags INTERFACE)
target_include_directories(midair_flags INTERFACE ${CMAKE_SOURCE_DIR}/include ${CMAKE_BINARY_DIR}/generated)
target_compile_definitions(midair_flags INTERFACE _GNU_SOURCE MIDAIR_VERSION="${PROJECT_VERSION}")
target_compile_options(midair_flags INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror -fno-common)

if(MIDAIR_SANITIZE STREQUAL "asan")
  set(instrument -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
elseif(MIDAIR_SANITIZE STREQUAL "tsan")
  set(instrument -fsanitize=thread -fno-omit-frame-pointer)
elseif(MIDAIR_SANITIZE STREQUAL "fuzz")
  set(instrument -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
elseif(MIDAIR_SANITIZE STREQUAL "coverage")
  set(instrument --coverage -O0)
endif()
target_compile_options(midair_flags INTERFACE ${instrument})
target_link_options(midair_flags INTERFACE ${instrument})

# midair_layer(NAME libraries…): a static library from src/NAME/*.c; main.c is the program's.
# Names of other layers may be given without the prefix. .sql files become C arrays (see embed.cmake).
function(midair_layer name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.c)
  list(FILTER sources EXCLUDE REGEX "/main\\.c$")
  file(GLOB texts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.sql)
  foreach(text IN LISTS texts)
    get_filename_component(stem ${text} NAME_WE)
    set(out ${CMAKE_BINARY_DIR}/generated/sql_${stem}.h)
    add_custom_command(OUTPUT ${out}
      COMMAND ${CMAKE_COMMAND} -DIN=${text} -DOUT=${out} -DNAME=sql_${stem} -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
      DEPENDS ${text} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake VERBATIM)
    list(APPEND sources ${out})
  endforeach()
  set(libraries "")
  foreach(library IN LISTS ARGN)
    if(TARGET midair_${library})
      list(APPEND libraries midair_${library})
    else()
      list(APPEND libraries ${library})
    endif()
  endforeach()
  if(sources)
    add_library(midair_${name} STATIC ${sources})
    target_link_libraries(midair_${name} PUBLIC ${libraries} PRIVATE midair_flags)
    target_include_directories(midair_${name} PUBLIC ${CMAKE_SOURCE_DIR}/include)
  else()
    add_library(midair_${name} INTERFACE)
    target_link_libraries(midair_${name} INTERFACE ${libraries})
  endif()
endfunction()
