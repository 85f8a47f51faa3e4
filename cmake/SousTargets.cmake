# The helpers that folders call:
#
#   sous_library(<name>
#     SOURCES a.cc b.cc            headers need not be listed
#     TESTS a_test.cc a_property_test.cc
#     DEPS base model http_curl    folders of src/, checked against layers.txt
#     THIRD_PARTY Boost::json      linked privately
#     PUBLIC_THIRD_PARTY fmt::fmt  linked publicly: its headers are in ours
#     TEST_DEPS support            for the tests only; not checked
#     TEST_THIRD_PARTY Boost::json
#     THREADED)                    its unit tests run under TSan too
#
#   sous_executable(<name> SOURCES ... DEPS ... THIRD_PARTY ...)
#   sous_support(SOURCES ... TESTS ... DEPS ... THIRD_PARTY ...)  tests/support
#   sous_test(<name> SOURCES ... DEPS ... LABEL unit threaded ... THIRD_PARTY ...
#             [USES_BINARY] [SERIAL] [TIMEOUT seconds])
#   sous_fuzz(<name> SOURCES ... DEPS ... THIRD_PARTY ...)
#   sous_bench(<name> SOURCES ... DEPS ... THIRD_PARTY ...)
#
# Every one of them accepts an empty list of sources.

# ---- the arrows -------------------------------------------------------------

set(sous_layers_file "${CMAKE_SOURCE_DIR}/cmake/layers.txt")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${sous_layers_file}")
file(STRINGS "${sous_layers_file}" sous_layer_lines REGEX "^[a-z]+:")
foreach(line IN LISTS sous_layer_lines)
  string(REGEX MATCH "^([a-z]+):(.*)$" _ "${line}")
  set(layer "${CMAKE_MATCH_1}")
  string(STRIP "${CMAKE_MATCH_2}" allowed)
  string(REGEX REPLACE "[ \t]+" ";" allowed "${allowed}")
  set(sous_allowed_${layer} "${allowed}")
  list(APPEND sous_layers "${layer}")
endforeach()

# The layer of the folder called `name`, or an error.
function(sous_layer_of name out)
  if(name STREQUAL "support")
    set(${out} tests PARENT_SCOPE)
  elseif(name IN_LIST sous_layers AND EXISTS "${CMAKE_SOURCE_DIR}/src/${name}")
    set(${out} "${name}" PARENT_SCOPE)
  elseif(EXISTS "${CMAKE_SOURCE_DIR}/src/adapters/${name}")
    set(${out} adapters PARENT_SCOPE)
  else()
    message(FATAL_ERROR "`${name}` is no folder of src/ or src/adapters/ with a line in "
      "cmake/layers.txt")
  endif()
endfunction()

# Refuses a dependency that the arrows forbid.
function(sous_check_arrows name layer)
  set(allowed "${sous_allowed_${layer}}")
  foreach(dep IN LISTS ARGN)
    sous_layer_of("${dep}" dep_layer)
    if(allowed STREQUAL "*")
      continue()
    endif()
    if(NOT dep_layer IN_LIST allowed)
      message(FATAL_ERROR "`${name}` (layer ${layer}) must not depend on `${dep}` (layer "
        "${dep_layer}): cmake/layers.txt allows ${layer}: ${allowed}")
    endif()
  endforeach()
endfunction()

# DEPS as target names.
function(sous_targets out)
  list(TRANSFORM ARGN PREPEND sous_)
  set(${out} "${ARGN}" PARENT_SCOPE)
endfunction()

# ---- libraries and programs -------------------------------------------------

# One library of ours: real with sources, INTERFACE without.
function(sous_add_library target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK;PRIVATE_LINK")
  list(FILTER arg_SOURCES INCLUDE REGEX "\\.cc$")
  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES})
    target_link_libraries(${target} PUBLIC ${arg_LINK} PRIVATE ${arg_PRIVATE_LINK} sous_build_flags)
    target_include_directories(${target} PUBLIC "${CMAKE_SOURCE_DIR}/src")
  else()
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE ${arg_LINK})
    target_include_directories(${target} INTERFACE "${CMAKE_SOURCE_DIR}/src")
  endif()
endfunction()

function(sous_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "THREADED" ""
    "SOURCES;TESTS;DEPS;THIRD_PARTY;PUBLIC_THIRD_PARTY;TEST_DEPS;TEST_THIRD_PARTY")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "sous_library(${name}): what is `${arg_UNPARSED_ARGUMENTS}`?")
  endif()
  sous_layer_of("${name}" layer)
  sous_check_arrows("${name}" "${layer}" ${arg_DEPS})
  sous_targets(deps ${arg_DEPS})
  sous_add_library(sous_${name} SOURCES ${arg_SOURCES}
    LINK ${deps} ${arg_PUBLIC_THIRD_PARTY} PRIVATE_LINK ${arg_THIRD_PARTY})

  set(units ${arg_TESTS})
  set(properties ${arg_TESTS})
  list(FILTER units EXCLUDE REGEX "_property_test\\.cc$")
  list(FILTER properties INCLUDE REGEX "_property_test\\.cc$")
  set(labels unit)
  if(arg_THREADED)
    list(APPEND labels threaded)
  endif()
  sous_test(${name}_test SOURCES ${units} DEPS ${name} ${arg_TEST_DEPS}
    THIRD_PARTY ${arg_TEST_THIRD_PARTY} LABEL ${labels})
  sous_test(${name}_property_test SOURCES ${properties} DEPS ${name} ${arg_TEST_DEPS}
    THIRD_PARTY ${arg_TEST_THIRD_PARTY} LABEL property)
endfunction()

# A program. It lands in the build folder itself: build/<preset>/<name>.
function(sous_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPS;THIRD_PARTY")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "sous_executable(${name}): what is `${arg_UNPARSED_ARGUMENTS}`?")
  endif()
  sous_check_arrows("${name}" apps ${arg_DEPS})
  if(NOT arg_SOURCES)
    return()
  endif()
  sous_targets(deps ${arg_DEPS})
  add_executable(${name} ${arg_SOURCES})
  target_compile_definitions(${name} PRIVATE SOUS_VERSION="${PROJECT_VERSION}")
  target_link_libraries(${name} PRIVATE ${deps} ${arg_THIRD_PARTY} Threads::Threads
    sous_build_flags)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")
  install(TARGETS ${name} RUNTIME)
endfunction()

# ---- tests ------------------------------------------------------------------

# tests/support, as the dependency `support`.
function(sous_support)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "SOURCES;TESTS;DEPS;THIRD_PARTY;TEST_THIRD_PARTY")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "sous_support: what is `${arg_UNPARSED_ARGUMENTS}`?")
  endif()
  sous_targets(deps ${arg_DEPS})
  sous_add_library(sous_support SOURCES ${arg_SOURCES}
    LINK ${deps} ${arg_THIRD_PARTY} sous_test_flags)
  sous_test(support_test SOURCES ${arg_TESTS} DEPS support
    THIRD_PARTY ${arg_TEST_THIRD_PARTY} LABEL unit threaded)
endfunction()

# Everything that runs under TSan, so that only this has to be built for it.
add_custom_target(threaded_tests)

# One test program. Its cases become ctest tests, each with all of LABEL.
# SOUS_TEST_DATA_DIR is the folder of the calling CMakeLists.txt; with
# USES_BINARY, SOUS_TEST_BINARY is the path of the program `sous`.
function(sous_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "USES_BINARY;SERIAL" "TIMEOUT"
    "SOURCES;DEPS;LABEL;THIRD_PARTY")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "sous_test(${name}): what is `${arg_UNPARSED_ARGUMENTS}`?")
  endif()
  if(NOT SOUS_TESTS OR NOT arg_SOURCES)
    return()
  endif()
  if(NOT arg_LABEL)
    message(FATAL_ERROR "sous_test(${name}) has no LABEL: nothing would select it")
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  sous_targets(deps ${arg_DEPS})
  add_executable(${name} ${arg_SOURCES})
  target_compile_definitions(${name} PRIVATE SOUS_TEST_DATA_DIR="${CMAKE_CURRENT_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${deps} ${arg_THIRD_PARTY} rapidcheck_gtest
    GTest::gmock_main Threads::Threads sous_build_flags sous_test_flags)
  if(arg_USES_BINARY AND TARGET sous)
    add_dependencies(${name} sous)
    target_compile_definitions(${name} PRIVATE SOUS_TEST_BINARY="$<TARGET_FILE:sous>")
  endif()
  if("threaded" IN_LIST arg_LABEL)
    add_dependencies(threaded_tests ${name})
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    TEST_PREFIX "${name}:"
    PROPERTIES TIMEOUT ${arg_TIMEOUT} RUN_SERIAL $<BOOL:${arg_SERIAL}>)
  # Discovery flattens a list, so several labels have to be set afterwards, when
  # ctest knows the tests (it reads these files in order).
  set(labels_file "${CMAKE_CURRENT_BINARY_DIR}/${name}_labels.cmake")
  file(CONFIGURE OUTPUT "${labels_file}" @ONLY CONTENT
    [[
foreach(test IN LISTS @name@_TESTS)
  set_tests_properties("${test}" PROPERTIES LABELS "@arg_LABEL@")
endforeach()
]])
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${labels_file}")
endfunction()

# Everything that fuzzing needs, so that only this has to be built for it.
add_custom_target(fuzzers)

# One fuzz target, <name>, which defines LLVMFuzzerTestOneInput. Its seeds are
# the files of tests/fuzz/corpus/<name>/. With SOUS_FUZZ a libFuzzer program;
# otherwise a program that feeds it each seed once, as a test.
function(sous_fuzz name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPS;THIRD_PARTY")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "sous_fuzz(${name}): what is `${arg_UNPARSED_ARGUMENTS}`?")
  endif()
  if(NOT arg_SOURCES OR NOT (SOUS_FUZZ OR SOUS_TESTS))
    return()
  endif()
  set(corpus "${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name}")
  sous_targets(deps ${arg_DEPS})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${deps} ${arg_THIRD_PARTY} Threads::Threads
    sous_build_flags sous_test_flags)
  add_dependencies(fuzzers ${name})
  if(SOUS_FUZZ)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${name} PROPERTIES
      RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/fuzzers")
    add_test(NAME ${name} COMMAND ${name} -runs=0 "${corpus}")
  else()
    target_sources(${name} PRIVATE "${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cc")
    add_test(NAME ${name} COMMAND ${name} "${corpus}")
  endif()
  set_tests_properties(${name} PROPERTIES LABELS fuzz TIMEOUT 120)
endfunction()

# One benchmark program.
function(sous_bench name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPS;THIRD_PARTY")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "sous_bench(${name}): what is `${arg_UNPARSED_ARGUMENTS}`?")
  endif()
  if(NOT SOUS_BENCH OR NOT arg_SOURCES)
    return()
  endif()
  sous_targets(deps ${arg_DEPS})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${deps} ${arg_THIRD_PARTY} benchmark::benchmark_main
    Threads::Threads sous_build_flags sous_test_flags)
endfunction()
