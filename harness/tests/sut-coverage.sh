#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What tools/sut-coverage makes of an lcov tracefile: groups, last line, JSON; and that a program writes its counters whatever
# its end; and what the counters of tools/lab/cover.c stand for. No guest, no lcov. From the top of the tree.
set -uo pipefail

source harness/tests/is.bash

evaluate() { # evaluate SUT <INFO
	cat >"$work/$1.info"
	tools/sut-coverage evaluate "$1" "$work/$1.info" "$work/$1.json" >"$work/out" 2>"$work/err"
}

number() { # number SUT FILTER
	jq -c "$2" "$work/$1.json"
}

# A kernel's: the tree's folder has names that a folder in it has, too; one file of each group, one of none, and a header.
evaluate lio <<-'END'
	TN:
	SF:/home/drivers/target/iscsi/drivers/infiniband/ulp/isert/ib_isert.c
	FN:10,isert_login
	FN:20,isert_reject
	FN:30,isert_exit
	FNDA:4,isert_login
	FNDA:0,isert_reject
	FNDA:0,isert_exit
	FNF:3
	FNH:1
	DA:10,4
	DA:11,4
	DA:20,0
	LF:3
	LH:2
	end_of_record
	SF:/home/drivers/target/iscsi/drivers/target/iscsi/iscsi_target_erl0.c
	FN:1,5,erl0
	FNDA:0,erl0
	DA:1,0
	end_of_record
	SF:/home/drivers/target/iscsi/drivers/target/iscsi/iscsi_target.c
	FN:1,core
	FNDA:7,core
	DA:1,7
	DA:2,0
	end_of_record
	SF:/home/drivers/target/iscsi/drivers/target/iscsi/iscsi_target_erl1.c
	FN:1,erl1
	FNDA:1,erl1
	DA:1,1
	end_of_record
	SF:/home/drivers/target/iscsi/drivers/target/iscsi/iscsi_target_auth.c
	FN:1,chap
	FNDA:0,chap
	DA:1,0
	DA:2,0
	end_of_record
	SF:/home/drivers/target/iscsi/drivers/infiniband/ulp/isert/ib_isert.h
	DA:9,3
	end_of_record
	SF:/home/drivers/target/iscsi/include/linux/list.h
	DA:1,1000
	end_of_record
	SF:/home/drivers/target/iscsi/drivers/target/iscsi/cxgbit/cxgbit_main.c
	DA:1,1
	end_of_record
END
is 'status' 0 "$?"
is 'last line' 'coverage lio: ib_isert.c 66% (2 of 3 lines), iscsi_target-core 50% (1 of 2 lines), iscsi_target-all 33% (2 of 6 lines), erl0 0% (0 of 1 lines), auth 0% (0 of 2 lines)' \
	"$(tail -n 1 "$work/out")"
is 'files' 'drivers/infiniband/ulp/isert/ib_isert.c drivers/infiniband/ulp/isert/ib_isert.h drivers/target/iscsi/iscsi_target.c drivers/target/iscsi/iscsi_target_auth.c drivers/target/iscsi/iscsi_target_erl0.c drivers/target/iscsi/iscsi_target_erl1.c' \
	"$(jq -r '.files | keys | join(" ")' "$work/lio.json")"
is 'a file' '{"lines":{"reached":2,"total":3},"functions":{"reached":1,"total":3},"unreached":["isert_exit","isert_reject"],"lacking":{"isert_reject":1}}' \
	"$(number lio '.files["drivers/infiniband/ulp/isert/ib_isert.c"]')"
is 'a file without functions' '{"lines":{"reached":1,"total":1},"functions":{"reached":0,"total":0},"unreached":[],"lacking":{}}' \
	"$(number lio '.files["drivers/infiniband/ulp/isert/ib_isert.h"]')"
is 'groups' '["ib_isert.c","iscsi_target-core","iscsi_target-all","erl0","auth"]' "$(number lio '.groups | keys_unsorted')"
is 'a group' '{"lines":{"reached":1,"total":2},"functions":{"reached":1,"total":1},"files":["drivers/target/iscsi/iscsi_target.c"]}' "$(number lio '.groups["iscsi_target-core"]')"
is 'a row' 1 "$(grep -cE '^drivers/target/iscsi/iscsi_target[.]c +1 of +2 +50% +1 of +1 +100%$' "$work/out")"
is 'what was not reached' '    isert_reject isert_exit' "$(sed -n '/^drivers.*ib_isert[.]c:$/{n;p}' "$work/out")"

# A program's: built in a folder of ours. A library's sources, and not those of the system's libraries.
evaluate libiscsi <<-'END'
	SF:/x/build/coverage/libiscsi/source/lib/iser.c
	FN:1,iser_connect
	FNDA:1,iser_connect
	DA:1,1
	end_of_record
	SF:/x/build/coverage/libiscsi/source/utils/iscsi-ls.c
	DA:1,1
	end_of_record
END
is 'a library' 'coverage libiscsi: libiscsi-iser 100% (1 of 1 lines), libiscsi-lib 100% (1 of 1 lines)' "$(tail -n 1 "$work/out")"
evaluate tgt <<<'SF:/elsewhere/main.c'
is 'none of its sources: status' 2 "$?"
is 'none of its sources: word' "sut-coverage: $work/tgt.info has none of tgt's sources" "$(<"$work/err")"
tools/sut-coverage evaluate someone "$work/lio.info" "$work/none" 2>/dev/null
is 'an unknown system' 2 "$?"

# A program with counters dies as without them, and leaves them.
cat >"$work/dies.c" <<-'END'
	#include <signal.h>
	#include <stdlib.h>
	int main(int argc, char **argv)
	{
		(void)argc;
		switch (*argv[1]) {
		case 'a': abort();
		case 's': *(volatile int *)8 = 0; break;
		case 'k': raise(SIGRTMAX); break;
		}
		return 0;
	}
END
gcc -w --coverage -o "$work/dies" "$work/dies.c" tools/sut/gcov-dump.c || failed=$((failed + 1))
for how in abort:134 segv:139 killed:192 exit:0; do
	rm -f "$work"/*dies.gcda
	# Not this shell, which would say that it died; it leaves no core.
	bash -c 'ulimit -c 0; "$1" "$2"; exit' - "$work/dies" "${how%:*}" >/dev/null 2>&1
	is "$how: status" "${how#*:}" "$?"
	is "$how: counters" 1 "$(find "$work" -name '*dies.gcda' | wc -l)"
done

# What the counters of a kernel's map stand for: in a module whose code is far from what it calls, a line a block, those of what is
# gone after its beginning left out.
mkdir -p "$work/modules/drivers"
cat >"$work/modules/drivers/two.c" <<-'END'
	int far(int x);
	int two(int x)
	{
		if (x > 3)
			return far(x) + 1;
		return 1;
	}
	__attribute__((section(".text.unlikely"))) int three(void)
	{
		return 3;
	}
	__attribute__((section(".init.text"))) int first(void)
	{
		return 3;
	}
END
(cd "$work/modules" && gcc -w -O2 -g1 -fno-pie -mcmodel=large -fsanitize-coverage=trace-pc -fno-gcse -fno-crossjumping -fdisable-rtl-cse1 -fdisable-rtl-cse2 \
	-fdisable-rtl-cse_local -c -o ib_iser.ko drivers/two.c 2>/dev/null)
tools/lab/cover-places tools/lab/cover.c "$work/modules" >"$work/places"
is 'places: what they are' 'drivers/two.c:10 three,drivers/two.c:4 two,drivers/two.c:4 two,drivers/two.c:5 two' "$(cut -d ' ' -f 2- "$work/places" | sort | paste -sd ,)"
is 'places: counters of a module alone' 0 "$(awk '$1 < 2 * 524288 || $1 >= 3 * 524288' "$work/places" | wc -l)"
tools/lab/cover-places tools/lab/cover.c "$work/none" 2>/dev/null
is 'places: no modules' 1 "$?"

echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
