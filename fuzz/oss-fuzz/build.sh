#!/bin/bash -eu
# SPDX-License-Identifier: BSD-2-Clause
# Builds the fuzz targets into $OUT. $CC, $CXX, $CFLAGS, $CXXFLAGS and $LIB_FUZZING_ENGINE say how; make takes them from the
# environment. Their compiler is newer than ours, so its warnings are no errors.
cd "$SRC/iserspec"
make -j"$(nproc)" WARN= O="${WORK:-/tmp}/iserspec" fuzz-install
