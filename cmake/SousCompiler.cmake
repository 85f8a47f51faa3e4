# Language level, warnings, sanitizers, linker and launcher: everything that
# holds for every compile of ours and for none of the third parties'.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

# mold links some fifty test programs in a fraction of the time bfd takes.
find_program(SOUS_MOLD mold)
if(SOUS_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# The launcher. The recorder of compile costs sits inside ccache (as its prefix
# command), so that it runs for real compiles only: a cache hit takes no time
# and must not overwrite what the compile once cost.
find_program(SOUS_CCACHE ccache)
# Another clone or build folder may use what this one compiled.
set(sous_launcher "")
set(sous_ccache_env CCACHE_NOHASHDIR=1 "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}")
if(SOUS_CCACHE AND SOUS_TU_COST)
  set(sous_launcher env ${sous_ccache_env}
    "CCACHE_PREFIX=${CMAKE_SOURCE_DIR}/tools/tu_cost_record" "${SOUS_CCACHE}")
elseif(SOUS_CCACHE)
  set(sous_launcher env ${sous_ccache_env} "${SOUS_CCACHE}")
elseif(SOUS_TU_COST)
  set(sous_launcher "${CMAKE_SOURCE_DIR}/tools/tu_cost_record")
endif()
if(sous_launcher AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${sous_launcher})
endif()

# Everything of ours links to this one, privately.
add_library(sous_build_flags INTERFACE)
target_include_directories(sous_build_flags INTERFACE "${CMAKE_SOURCE_DIR}/src")
target_compile_options(sous_build_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Woverloaded-virtual -Wundef -Wimplicit-fallthrough -Wmissing-declarations
  -Wswitch -Wcast-align -Wunused
  # Designated initialisers leave out members on purpose: the rest is value-initialised.
  -Wno-missing-field-initializers)
if(SOUS_WERROR)
  target_compile_options(sous_build_flags INTERFACE -Werror)
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # These three look at optimised code and are wrong about libstdc++ 12's own
  # string and vector (GCC bugs 105329, 105562): warn, but never stop a build.
  target_compile_options(sous_build_flags INTERFACE
    -Wduplicated-cond -Wlogical-op
    -Wno-restrict
    -Wno-maybe-uninitialized -Wno-error=array-bounds -Wno-error=stringop-overflow
    -Wno-error=stringop-overread -Wno-error=free-nonheap-object)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(sous_build_flags INTERFACE
    -Wthread-safety -Wimplicit-fallthrough -Wextra-semi
    # clang sees libstdc++ 12's std::stable_sort use what it deprecates itself; g++ warns of ours.
    -Wno-deprecated-declarations)
endif()

# Sanitizers hold for whole programs, so they are set for the directory tree.
if(SOUS_SANITIZE)
  add_compile_options(-fsanitize=${SOUS_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SOUS_SANITIZE})
endif()
if(SOUS_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "SOUS_FUZZ needs clang: use the preset fuzz")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()

# Hardening. Never _GLIBCXX_DEBUG: it changes the layout of the containers, and
# Debian's Boost.JSON and GoogleTest are built without it.
if(SOUS_HARDEN)
  add_compile_definitions(_FORTIFY_SOURCE=2 _GLIBCXX_ASSERTIONS)
  add_compile_options(-fstack-protector-strong -fstack-clash-protection -fcf-protection)
  add_link_options(-Wl,-z,relro -Wl,-z,now)
  include(CheckPIESupported)
  check_pie_supported()
endif()

# GoogleTest's macros and table-driven tests convert freely between integers;
# nothing in a test can overflow a product's data. LLVMFuzzerTestOneInput is
# declared nowhere.
add_library(sous_test_flags INTERFACE)
target_include_directories(sous_test_flags INTERFACE "${CMAKE_SOURCE_DIR}/tests")
target_compile_options(sous_test_flags INTERFACE -Wno-conversion -Wno-sign-conversion
  -Wno-missing-declarations)
