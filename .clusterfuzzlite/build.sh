#!/bin/bash -eu
# SPDX-License-Identifier: BSD-2-Clause
exec "$SRC/iserspec/fuzz/oss-fuzz/build.sh"
