# What tools/window makes of event logs and reports. Times are nanoseconds until they are shown.

def median: sort | if length == 0 then null elif length % 2 == 1 then .[length / 2 | floor]
	else (.[length / 2 - 1] + .[length / 2]) / 2 end;
def spread: if length == 0 then null else {median: median, min: min, max: max, n: length} end;

def tag($name): capture("(^| )" + $name + "=(?<tag>[^ ]+)") // {tag: null} | .tag;
def is($kind; $text): .kind == $kind and ((.message // "") | test("^" + $text));
def final_login: (.message // "") | test("^Login Re[a-z]+ .*T=1 .*NSG=3");

# Nanoseconds of an offset as it stands in a case's name.
def nominal: if . == "chain" then -1 else capture("^(?<n>[0-9]+)(?<unit>us|ms|s|)$") |
	(.n | tonumber) * {us: 1e3, ms: 1e6, s: 1e9, "": 1}[.unit] end;

# The answer to the message at $at that asks for one: the first that carries its tag.
def answer($events; $at): $events[$at] as $asked | $asked.message as $text |
	(if $asked.message | test("^NOP-In") then ["NOP-Out", "TTT"] else ["(NOP-In|SCSI Response|Reject)", "ITT"] end) as [$type, $name] |
	($text | tag($name)) as $tag |
	first($events[$at + 1:][] | select(is("recv"; $type) and (.message | tag($name)) == $tag)) // null;

# One login: $log is ROLE.window.POINT-KIND-OFFSET[.RUN], $events its event log.
def login($log; $events):
	($log | capture("^(?<role>[a-z]+)\\.window\\.(?<point>[a-z]+)-(?<kind>[a-z]+)-(?<offset>[0-9a-z]+)(\\.(?<run>[0-9]+))?$")) as $case |
	([$case.role, $case.point] | if . == ["target", "response"] then "recv" else "post" end) as $how |
	(if $case.point == "request" then "Login Request" else "Login Response" end) as $what |
	([range($events | length) | select($events[.] | is($how; $what) and final_login)] | last) as $at |
	($case | {role, point, kind, offset, run: ((.run // "1") | tonumber)}) +
	if $at == null then {outcome: "no login"} else
		$events[$at].time as $zero |
		($events | map(select(.name == "established")) | last | .time) as $established |
		([range($at + 1; $events | length) | select($events[.] | is("post"; "(NOP-|SCSI Command)"))] | first) as $next |
		if $next == null then {outcome: "not sent"} else
			$events[$next] as $second |
			(first($events[$next + 1:][] | select(.kind == "done" and .name == "send" and .id == $second.id)) // null) as $done |
			answer($events; $next) as $answer |
			([range($next + 1; $events | length) | select($events[.] | is("post"; "NOP-")) |
				{asked: $events[.].time, answer: answer($events; .)} | select(.answer) | .answer.time - .asked]) as $round_trips |
			(first($events[$at + 1:][] | select(.kind == "recv" and .seq != ($answer.seq // -1) and (.message // "") != "")) // null) as $own |
			{
				measured: ($second.time - $zero),
				login: ($zero - $established),
				outcome: (if ($done.status // "") | test("rnr") then "no buffer"
					elif $answer and ($answer.message | test("^Reject")) then "rejected"
					elif $answer then "answered"
					elif ($round_trips | length) > 0 then "never answered"
					else "ended" end),
				# Our own completions of what did not arrive say how the connection ended.
				status: ($done.status // "none"),
				answered_after: (if $answer then $answer.time - $second.time else null end),
				round_trips: $round_trips,
				# What it says of itself: its first command to us, or its final Login Response.
				own: (if $own then $own.time - $zero else null end),
				own_first: (if $own then $own.message | split(" ")[0:2] | join(" ") else null end),
				# Was it sent before that? Null: it says nothing more.
				before_own: (if $own then $second.time < $own.time else null end)
			}
		end
	end;

def outcomes: ["no buffer", "never answered", "ended", "rejected", "answered"];
def lost: .outcome as $o | ["no buffer", "never answered", "ended"] | index($o) != null;
def counts: . as $all | outcomes | map({key: ., value: (. as $o | $all | map(select(.outcome == $o)) | length)}) | from_entries;

# Where it opens and closes, from what was measured and not from what was asked for. It closes between `all_lost_to`, up to which
# each was lost, and `all_good_from`, from which on none was: that distance is the resolution. In a race both outcomes lie between.
def window: map(select(.measured != null)) | sort_by(.measured) |
	map(select(lost)) as $lost | map(select(lost | not)) as $good |
	{tried: length, lost: ($lost | length)} +
	if ($lost | length) == 0 then {} else
		{first_lost: $lost[0].measured, last_lost: $lost[-1].measured,
		 good_before: ($good | map(select(.measured < $lost[0].measured)) | last | .measured // null),
		 first_good: ($good | map(select(.measured > $lost[0].measured)) | first | .measured // null),
		 all_good_from: ($good | map(select(.measured > $lost[-1].measured)) | first | .measured // null)} |
		.first_good as $first |
		.all_lost_to = ($lost | map(.measured | select($first == null or . < $first)) | last) |
		.resolution = (if .all_good_from then .all_good_from - .all_lost_to else null end) |
		.race = (.first_good != null and .first_good < .last_lost)
	end;

def point: . as $logins |
	{role: .[0].role, point: .[0].point, kind: .[0].kind,
	 round_trip: (map(.round_trips // [] | .[]) | spread),
	 login: (map(.login // empty) | spread),
	 own: (map(.own // empty) | spread), own_first: (map(.own_first // empty) | group_by(.) | max_by(length) // [null] | .[0])} |
	.round_trip.median as $reference |
	.rows = ($logins | group_by(.offset) | sort_by(.[0].offset | nominal) | map(
		{offset: .[0].offset, runs: length, measured: (map(.measured // empty) | spread),
		 # Each session's own reference; where it has none, as it ended, that of all.
		 ratio: (map(select(.measured != null) | ((.round_trips // [] | median) // $reference) as $r |
			if $r and $r > 0 then .measured / $r else empty end) | spread),
		 before_own: (map(select(.before_own == true)) | length), silent: (map(select(.own == null)) | length)} + counts)) |
	.window = ($logins | window) |
	.order = ($logins | map(select(.own != null and .measured != null)) | {
		before_own: (map(select(.before_own)) | counts), behind_own: (map(select(.before_own | not)) | counts)});

def system($report):
	{system: $report.sut.name, version: $report.sut.version, role: $report.sut.role, lab: $report.lab.name, clock: $report.lab.clock,
	 kernel: $report.lab.kernel.release, fabric: $report.lab.fabric, guest_processors: $report.lab.processors,
	 jitter_ns: ($report.lab.jitter_ns // 0), seed: $report.seed, host_processors: $report.host.processors, load: $report.host.load,
	 started: $report.host.started,
	 points: (group_by([.point, .kind]) | map(point))};

def sig: if . == null then "" elif . >= 99.5 then (. + 0.5 | floor | tostring) elif . >= 9.95 then (. * 10 | round / 10 | tostring)
	elif . >= 0.0995 then (. * 100 | round / 100 | tostring) elif . == 0 then "0" else (. * 10000 | round / 10000 | tostring) end;
def ms: if . == null then "-" else . / 1e6 | sig end;
def ms_spread: if . == null then "-" else "\(.median | ms) (\(.min | ms) to \(.max | ms))" end;
def times_spread: if . == null then "-" else "\(.median | sig) (\(.min | sig) to \(.max | sig))" end;
def short: if . == null then "-" else split("-iserspec")[0] | split("-amd64")[0] end;
def virtual: .clock == "inf-cpu";

def title_of($p): (if $p.kind == "command" then "a first command" else "a ping" end) +
	(if $p.role == "initiator" then " behind our final Login Response" elif $p.point == "request" then " behind our final Login Request"
	 else " behind its final Login Response" end);
def counted($row): outcomes | map(select($row[.] > 0) | "\($row[.]) \(.)") | join(", ") | if . == "" then "no login" else . end;
def closes($p): $p.window as $w | $p.round_trip.median as $r |
	if $w.lost == 0 then "No window: none of \($w.tried) was lost."
	elif $w.all_good_from == null then "It does not close: the last was lost at \($w.last_lost | ms) ms."
	else "Open from " + (if $w.good_before then "between \($w.good_before | ms) and \($w.first_lost | ms) ms" else "the start" end) +
		"; closes between \($w.all_lost_to | ms) and \($w.all_good_from | ms) ms" +
		(if $r then " (\($w.all_lost_to / $r | sig) and \($w.all_good_from / $r | sig) round trips)" else "" end) +
		", resolution \($w.resolution | ms) ms" + (if $w.race then ", a race: in between both were seen." else "." end)
	end;
def by_order: if add == 0 then "none" else counted(.) end;
# Behind a target's Login Response the first that it says is an answer to us.
def has_word($p): $p.role == "initiator" or $p.point == "request";
def order_of($p): if has_word($p) then
		"Order: sent before its own first word (\($p.own_first // "none is seen")): \($p.order.before_own | by_order); behind it: \($p.order.behind_own | by_order)" +
		($p.rows | map(.silent) | add | if . > 0 then "; none came any more in \(.)" else "" end) + "."
	else "" end;

def markdown_point($virtual): . as $p |
	"### " + (title_of($p) | .[0:1] | ascii_upcase) + title_of($p)[1:], "",
	(if $virtual then
		"| offset | outcome |", "|---|---|",
		(.rows[] | "| \(.offset) | \(counted(.)) |"), "",
		order_of($p)
	else
		"| offset | really, ms: median (least to most) | in round trips | outcome |", "|---|---|---|---|",
		(.rows[] | "| \(.offset) | \(.measured | ms_spread) | \(.ratio | times_spread) | \(counted(.)) |"), "",
		"\(closes($p)) \(order_of($p))" + (if .own and has_word($p) then " That word comes \(.own | ms_spread) ms behind." else "" end) + " Round trip of a ping: \(.round_trip | ms_spread) ms (\(.round_trip.n // 0) pings); login: \(.login | ms_spread) ms."
	end), "";

# The picture: how many of how many were lost, offset by offset; a dot is none, a blank not tried.
def picture: . as $all | (map(.points[].rows[].offset) | unique | sort_by(nominal)) as $columns |
	"| system | lab, clock | kernel | second PDU | \($columns | join(" | ")) |", "|---|---|---|---|\($columns | map("---|") | add)",
	(.[] | . as $s | .points[] | . as $p | (.rows | map({key: .offset, value: .}) | from_entries) as $rows |
		"| \($s.system | split(" (")[0]) | \($s.lab), \($s.clock) | \($s.kernel | short) | \(title_of($p)) | " +
		($columns | map($rows[.] as $row | if $row == null then "" else
			([$row["no buffer"], $row["never answered"], $row["ended"]] | add) as $lost |
			if $lost == 0 then "·" else "\($lost)/\($row.runs)" end end) | join(" | ")) + " |");

def edges:
	"| system | lab, clock | kernel | second PDU | lost as | opens and closes |", "|---|---|---|---|---|---|",
	(.[] | . as $s | .points[] | . as $p |
		"| \($s.system | split(" (")[0]) | \($s.lab), \($s.clock) | \($s.kernel | short) | \(title_of($p)) | " +
		(.rows | map(. as $r | ["no buffer", "never answered", "ended"][] | select($r[.] > 0)) | unique | join(", ") |
			if . == "" then "-" else . end) + " | " +
		(if $s | virtual | not then closes($p) elif has_word($p) then order_of($p) elif $p.window.lost == 0 then "No window: none of \($p.window.tried) was lost."
			else "Order: \($p.window.lost) of \($p.window.tried) lost, all at \($p.rows | map(select(.["no buffer"] + .["never answered"] + .ended > 0) | .offset) | join(", "))." end) + " |");

def markdown:
	"# The window behind the login", "",
	"By `tools/window`: a second PDU at offsets behind the first; lost is what met no receive buffer or was never answered. The columns are the offsets asked for",
	"(chain: one doorbell for both; 0: two, the second when the first is acknowledged); what they really were, between the times at which both messages were posted, stands below, system by system.", "",
	picture, "", edges, "",
	(.[] | . as $s |
		"## \(.system): \(.lab), kernel \(.kernel)", "",
		"\(.version). Clock: \(.clock); \(.fabric); \(.guest_processors) processor in the guest, \(.host_processors) in the host, whose load was \(.load) at the start; \(.started).", "",
		(.points[] | markdown_point($s | virtual)));
