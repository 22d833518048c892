# Torture.pm - a world to break things in: what all families share.
#
#   use FindBin;
#   use lib "$FindBin::Bin/..";
#   use Torture;
#   my $w = Torture->new('family');        # of the worker we are; world: shop
#   for my $n ($w->nights) {
#       for my $i (1 .. $cases) {
#           $w->case("night $n, case $i", sub {
#               $w->reset($n);             # home and server before night $n
#               my $r = $w->night(prefix => [...], env => {...});
#               return $w->settle;         # what is wrong; nothing: passed
#           });
#       }
#   }
#   $w->done('what was not tried, and why');
#
# A family is an executable in tests/torture/families/; tests/torture/run calls
# it once per worker, with its own server and folders (TORTURE_DIR), and adds
# up the counts.  Its environment says how much: EVERY, RANDOM_KILLS, SEED,
# CASE (one case by its number, as a failure prints it).
#
# The world: a home, a server, and some nights; which is a parameter of new(),
# world/NAME.pm has the story.  Each night has a snapshot of what lies there
# before it, and the fault-free state after it, so that a case costs one night
# and not all.  A world is a class with these methods:
#   nights               how many
#   example              the option of "oms init" that makes its home
#   folders              those on the server
#   on_server            the partners who have an SFTP server
#   partner(W, ID, SFTP) the text of partners/ID.ini; SFTP is its [sftp]
#   arrivals(W)          puts there what came in before the night just begun
#   sources              globs of what partners leave: home/..., remote/...
# A family asks for another world than the shop's by new('family', 'world').
#
# Methods
#   nights               numbers of the nights
#   reset(N)             the world as it was before night N
#   night(...)           the nightly job of that night, once.  Returns a hash:
#                        status (128 + signal), said, rss_kb, took (seconds).
#                          prefix => [CMD...]  put before "oms"
#                          env    => {...}     more environment
#                          later  => SECONDS   the clock, ahead of the night's
#                          after  => sub       called with the process (group
#                                              leader) while it runs
#   strike(N, one => 1)  the same, killed before its N-th changing call (strike.c)
#   stop_at(N)           the same, stopped after its N-th fault_step()
#   trace(N)             the changing calls of a whole night N, a line each; a
#                        few requests more or less from one time to the next
#   fail(N, errno => E)  the same, its N-th call fails with that error.
#                          calls => "a,b"  of which calls; the changing ones
#                          below => PATH   of which files; those of the home
#                          always => 1     and every one after it
#                        errno 0: it writes or reads only half (strike.c)
#   calls_of(CALLS, PATH) the calls that fail() counts, of the night just reset to
#   unfinished(R, CODE...) of a night R that went wrong by a fault of this
#                        machine: it may end with these codes and must say why;
#                        or as the reference does, when all is done.  Nothing
#                        may be dead, and no partner may be blamed.  First of
#                        the codes may be { partial => 1, blame => 1 }: where the
#                        reference ends with 3, something may wait; partners
#                        may be called again later
#   steps                names of all fault_step()s of the night just reset to
#   settle(...)          two plain runs must reach the fault-free state, and a
#                        third must change nothing; V1 to V11 must hold.
#                        Returns the faults.  later => SECONDS: the clock of the
#                        plain runs, for what is tried again later only; then
#                        times within names and documents do not count.
#                        codes => [...]: what else the first plain run may end
#                        with.  business => 1: compare what matters to the business
#                        (see business()), not every row
#   check(STATUS)        only the rules that need no further run
#   must_notice(N, RULE, SUB) after night N all is well; then SUB damages the
#                        world, and RULE (V1 ...) must say so
#   port(P)              let the partners' SFTP be reached at port P (a proxy,
#                        or a server of yours) until the next reset; port() is
#                        the real one's
#   home, remote, dir    paths: the home, the server's files, scratch space
#   case(TITLE, SUB, N)  run a case when it is this worker's and wanted.  All
#                        workers must come to the same cases in the same order.
#                        N is its number for people (CASE=N), else they are
#                        counted from 1, whether run or not
#   calls(N)             as trace(N), of the reference night: the same for all
#
# What the comparison leaves out
#   every column *_ts_us; tables run, run_stage, attempt and journal_head (how
#   often it was run and tried), alert and alert_sending (which run told of it;
#   that it was told is compared); the counters of runs and alerts, and the run's number where an actor
#   or a document names it; document.attempts, remote_file.attempts, file.crashes
#   and the config hash of partner_state, of which a crash may add one;
#   that a run began and ended, what it sealed, which files of the configuration
#   it saw, and so the numbers and the chain of the audit (oms check follows it);
#   what %LEFT_OUT below says of newer tables; that an answer came late, and came.  The third run is compared
#   without this mercy: only run, run_stage, journal_head, the audit of runs and their
#   counters may differ.  spool/journal, where every run is written down, is left out.
package Torture;
use strict;
use warnings;
use Cwd qw(abs_path);
use Digest::SHA qw(sha256_hex);
use Errno;
use File::Basename qw(dirname);
use File::Find;
use File::Path qw(make_path remove_tree);
use POSIX qw(:sys_wait_h);
use Time::HiRes qw(time sleep);

my $top = dirname(dirname(dirname(abs_path(__FILE__))));
require "$top/tests/torture/Check.pm";

our %LEFT_OUT_TABLES = map { $_ => 1 } qw(run run_stage attempt alert alert_sending journal_head
    seal);
our %LEFT_OUT = map { $_ => 1 } qw(document.attempts document.run_id
    remote_file.attempts file.crashes partner_state.config_sha256 alert_item.alert_id
    audit.audit_id audit.prev audit.hash config_file.sha256
    run_window.run_id run_window.state finding.finding_id);
my %ALWAYS_DIFFERENT = map { $_ => 1 } qw(run run_stage journal_head);

my $RSS_MAX_KB = 64 * 1024;
my $RUN_MAX_S = 60;    # a night takes 0.2 s: longer is a hang

# ---- the worker's world

sub new {
	my ($class, $family, $world) = @_;
	my $dir = $ENV{TORTURE_DIR} // die "run it by tests/torture/run\n";
	$world //= 'shop';
	require "$top/tests/torture/world/$world.pm";
	my $self = bless {
		family => $family, world => "World::$world", top => $top, dir => $dir,
		ref => "$ENV{TORTURE_REF}/$world", oms => $ENV{OMS}, strike => $ENV{STRIKE},
		worker => $ENV{TORTURE_WORKER} // 1, workers => $ENV{TORTURE_WORKERS} // 1,
		every => $ENV{EVERY} || 1, only => $ENV{CASE}, number => 0, ran => 0, failed => 0,
	}, $class;
	$ENV{TZ} = 'UTC';
	$ENV{LC_ALL} = 'C';
	$ENV{OMS_HOME} = $self->home;
	$| = 1;
	return $self if !$ENV{TORTURE_PREPARE};
	$self->make_reference if !-e "$self->{ref}/ready";
	exit 0;
}

sub home { $_[0]{dir} . '/home' }
sub dir { $_[0]{dir} }
sub remote { $_[0]{dir} . '/server/files' }
sub nights { 1 .. $_[0]{world}->nights }
sub calls { split /\n/, slurp("$_[0]{ref}/$_[1]/trace") }

sub slurp {
	my ($path) = @_;
	open my $f, '<', $path or return '';
	local $/;
	return scalar <$f> // '';
}

sub spew {
	my ($path, @text) = @_;
	open my $f, '>', $path or die "$path: $!\n";
	print $f @text or die "$path: $!\n";
	close $f or die "$path: $!\n";
}

sub sh {
	system(@_) == 0 or die "@_: status $?\n";
}

sub port {
	my ($self, $port) = @_;
	my $real = slurp("$self->{dir}/server/port") =~ s/\s//gr;
	return $real if !defined $port;
	for my $p ($self->{world}->on_server) {
		my $ini = $self->home . "/partners/$p.ini";
		my $text = slurp($ini);
		$text =~ s/^port = .*/port = $port/m;
		spew($ini, $text);
	}
	return $port;
}

sub write_partners {
	my ($self) = @_;
	my $server = "$self->{dir}/server";
	my $port = $self->port;
	my $user = slurp("$server/user") =~ s/\s//gr;
	my $keys = join '', map { "host_key = $_\n" } split /\n/, slurp("$server/host_key");
	my $sftp = "[sftp]\nhost = 127.0.0.1\nport = $port\nuser = $user\n"
	    . "key_file = $server/client_ed25519\npassword = file:$self->{dir}/password\n$keys";
	spew("$self->{dir}/password", "not-to-be-seen-by-anybody\n");
	chmod 0600, "$self->{dir}/password";
	spew($self->home . "/partners/$_.ini", $self->{world}->partner($self, $_, $sftp))
	    for $self->{world}->on_server;
	return;
}

sub reset {
	my ($self, $night) = @_;
	remove_tree($self->home, $self->remote);
	sh('cp', '-a', "$self->{ref}/$night/home", $self->home);
	sh('cp', '-a', "$self->{ref}/$night/remote", $self->remote);
	$self->write_partners;
	$self->{night} = $night;
	$self->{said} = '';
	return $self;
}

sub clock {
	my ($self, $later) = @_;
	my $t = POSIX::mktime(0, 0, 2, $self->{night}, 3, 126) + ($later // 0);
	return POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $t);
}

# ---- running

sub night {
	my ($self, %o) = @_;
	my $measures = "$self->{dir}/measures";
	my @cmd = ($self->{strike}, '-m', $measures, @{ $o{strike} // [] }, '--', @{ $o{prefix} // [] },
		$self->{oms}, '--now', $self->clock($o{later}), '--quiet', 'run', 'nightly');
	unlink $measures;
	my $began = time;
	my $pid = fork // die "fork: $!\n";
	if (!$pid) {
		setpgrp;
		$ENV{$_} = $o{env}{$_} for keys %{ $o{env} // {} };
		open STDIN, '<', '/dev/null';
		open STDOUT, '>', "$self->{dir}/said" or POSIX::_exit(125);
		open STDERR, '>&', \*STDOUT;
		{ no warnings; exec @cmd; }
		POSIX::_exit(125);
	}
	$o{after}->($pid) if $o{after};
	my $hung = 0;
	local $SIG{ALRM} = sub { $hung = 1; kill 'KILL', -$pid };
	alarm $RUN_MAX_S;
	1 while waitpid($pid, 0) < 0 && $!{EINTR};
	my $status = $? & 127 ? 128 + ($? & 127) : $? >> 8;
	alarm 0;
	my $left = kill 0, -$pid;    # who of its group lives on?
	if ($left && ($hung || $o{after})) {    # what we killed dies, in its time
		for (1 .. 1000) { kill(0, -$pid) or last; sleep 0.005 }
		$left = 0;
	}
	my (undef, $rss) = split ' ', slurp($measures);
	my $said = slurp("$self->{dir}/said");
	$self->{said} .= $said;
	return { status => $status, said => $said, rss_kb => $rss // 0,
		took => time - $began, hung => $hung, left => $left };
}

sub strike {
	my ($self, $n, %o) = @_;
	return $self->night(%o, strike => ['-k', $n, '-l', "$self->{dir}/struck", $o{one} ? '-o' : ()]);
}

sub fail {
	my ($self, $n, %o) = @_;
	return $self->night(%o, strike => ['-k', $n, '-e', $o{errno}, $o{always} ? '-a' : (),
		'-p', $o{below} // $self->home, '-l', "$self->{dir}/struck", $o{calls} ? ('-c', $o{calls}) : ()]);
}

sub calls_of {
	my ($self, $calls, $below) = @_;
	$self->night(strike => ['-l', "$self->{dir}/trace", '-p', $below // $self->home, $calls ? ('-c', $calls) : ()]);
	return split /\n/, slurp("$self->{dir}/trace");
}

sub struck {    # the call before which it was killed
	my ($self) = @_;
	return slurp("$self->{dir}/struck") =~ s/\n.*//sr =~ s/\Q$self->{dir}\E\///gr;
}

sub stop_at {
	my ($self, $n, %o) = @_;
	spew("$self->{dir}/counter", "$n\n");
	unlink "$self->{dir}/steps";
	return $self->night(%o, env => { %{ $o{env} // {} },
		OMS_STOP_COUNTER => "$self->{dir}/counter", OMS_STOP_LOG => "$self->{dir}/steps" });
}

sub trace {
	my ($self, $n) = @_;
	$self->reset($n) if $n;
	my $r = $self->night(strike => ['-l', "$self->{dir}/trace"]);
	return split /\n/, slurp("$self->{dir}/trace");
}

sub steps {
	my ($self) = @_;
	$self->stop_at(0);
	return split /\n/, slurp("$self->{dir}/steps");
}

# ---- what the world looks like

sub columns {    # of every table: [table, column...]
	my ($db) = @_;
	my @c = Check::rows($db, q{SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c
	    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY 1, c.cid});
	my (%of, @tables);
	for (@c) {
		push @tables, $_->[0] if !$of{ $_->[0] };
		push @{ $of{ $_->[0] } }, $_->[1];
	}
	return map { [$_, @{ $of{$_} }] } @tables;
}

sub dump_sql {    # one row a line, table and all: strict for the third run
	my ($strict, @tables) = @_;
	my @sql;
	for (@tables) {
		my ($t, @c) = @$_;
		next if ($strict ? \%ALWAYS_DIFFERENT : \%LEFT_OUT_TABLES)->{$t};
		@c = grep { !/_ts_us$/ && !$LEFT_OUT{"$t.$_"} } @c if !$strict;
		@c = grep { "$t.$_" ne 'finding.last_run_id' } @c;    # the last that saw it
		my @v = map {
			/^(actor|set_by|resolved_by)$/ && !$strict
			    ? "CASE WHEN $_ LIKE 'run:%' THEN 'run' ELSE quote($_) END"
			    : "quote($_)"
		} @c;
		my $where = $t eq 'counter' ? "WHERE name NOT IN ('run', 'audit'" . ($strict ? ')' : ", 'alert', 'finding')") :
		    $t eq 'finding' && !$strict ? "WHERE code <> 'answer.overdue' OR state = 'open'" :
		    $t eq 'alert_item' && !$strict ? "WHERE kind <> 'run' AND (code <> 'answer.overdue' OR cleared_ts_us IS NULL)" :
		    $t eq 'audit' ? "WHERE category NOT IN ('run'" . ($strict ? ')' : ", 'config', 'seal')") :
		    $t eq 'file_occurrence' && !$strict ? "WHERE place <> 'inbox' OR seq = 1" : '';
		push @sql, "SELECT '$t|' || " . join(" || '|' || ", @v) . " FROM $t $where;";
	}
	return join "\n", @sql;
}

sub dump_of {
	my ($self, $strict) = @_;
	my $db = $self->home . '/oms.db';
	$self->{sql}{$strict} //= dump_sql($strict, columns($db));
	return join "\n", sort split /\n/, Check::ask($db, $self->{sql}{$strict});
}

sub without_times {
	return $_[0] =~ s/20\d{6}T\d{6}Z/TIME/gr =~ s/20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)/TIME/gr;
}

sub tree {    # every file below a folder: name and hash
	my ($root, $timeless) = @_;
	my @all;
	return '' if !-d $root;
	find({ no_chdir => 1, wanted => sub {
		return if -d $_ && !-l $_;
		my $name = substr $_, length($root) + 1;
		return if $name =~ m{^journal/} && $root =~ m{/spool$};
		my $bytes = -l $_ ? 'link ' . readlink($_) : slurp($_);
		($name, $bytes) = (without_times($name), without_times($bytes)) if $timeless;
		push @all, "$name " . sha256_hex($bytes);
	} }, $root);
	return join "\n", sort @all;
}

sub trees {
	my ($self, $timeless) = @_;
	my $text = '';
	for (qw(inbox outbox deadletter spool archive)) {
		next if $timeless && $_ eq 'spool';    # hashes of times
		$text .= "$_/\n" . tree($self->home . "/$_", $timeless) . "\n";
	}
	return $text . "remote/\n" . tree($self->remote, $timeless) . "\n";
}

# What matters to the business: orders, parts, shipments, invoices and charges
# as they stand, and how many documents of each kind with what in them.
sub business {
	my ($self) = @_;
	return Check::ask($self->home . '/oms.db', <<'END');
SELECT 'order', order_no, channel, revision, total_minor, stage, label, status_min, status_max FROM orders ORDER BY 2, 3;
SELECT 'part', o.order_no, line_no, sum(qty), p.status, node FROM part p JOIN orders o USING (order_id) GROUP BY 2, 3, 5, 6 ORDER BY 2, 3, 5, 6;
SELECT 'hold', o.order_no, type, code, state FROM hold JOIN orders o USING (order_id) ORDER BY 2, 3, 4;
SELECT 'shipment', o.order_no, node, s.status, carrier, service, weight_g, value_minor FROM shipment s JOIN orders o USING (order_id) ORDER BY 2, 3, 8;
SELECT 'invoice', o.order_no, kind, i.total_minor, settled_minor FROM invoice i JOIN orders o USING (order_id) ORDER BY 2, 3, 4;
SELECT 'charge', o.order_no, kind, amount_minor, c.state FROM charge c JOIN orders o USING (order_id) ORDER BY 2, 3, 4;
SELECT 'stock', sku, node, on_hand_qty, reserved_qty FROM stock ORDER BY 2, 3;
SELECT 'document', type, partner, state, sum(items), sum(sum_minor) FROM document WHERE type NOT IN ('sfcc.order_status', 'accounting.journal_manifest') GROUP BY 2, 3, 4 ORDER BY 2, 3, 4;
SELECT 'file', partner, feed, sha256, state, records, applied, duplicates, rejected FROM file ORDER BY 2, 3, 4;
SELECT 'dead', kind, partner, key, code, state FROM dead ORDER BY 2, 3, 4, 5;
END
}

sub state_of {    # to compare with the fault-free one
	my ($self, %o) = @_;
	return $self->business if $o{business};
	return $self->dump_of(0) . "\n" . $self->trees($o{later});
}

sub differs {    # a few lines of what two texts have not in common
	my ($self, $what, $got, $wanted) = @_;
	return () if $got eq $wanted;
	spew("$self->{dir}/diff.got", $got, "\n");
	spew("$self->{dir}/diff.wanted", $wanted, "\n");
	my @d = grep { /^[<>]/ } split /\n/, `diff '$self->{dir}/diff.wanted' '$self->{dir}/diff.got'`;
	splice @d, 12 if @d > 12;
	return "$what:\n    " . join "\n    ", @d;
}

# ---- what must come of it

sub judge_run {    # V10, V11: of a run that nobody disturbed
	my ($self, $what, $r, @codes) = @_;
	my @f;
	push @f, "V10 $what hung" if $r->{hung};
	push @f, "V10 $what ended with status $r->{status}, not " . join(' or ', @codes) . ": $r->{said}"
	    if !grep { $_ == $r->{status} } @codes;
	push @f, "V11 $what left a process behind" if $r->{left};
	push @f, "V11 $what took $r->{rss_kb} kB" if $r->{rss_kb} > $RSS_MAX_KB;
	return @f;
}

sub expectation {
	my ($self, %o) = @_;
	my $kind = $o{business} ? 'business' : $o{later} ? 'timeless' : 'state';
	my $dir = "$self->{ref}/$self->{night}";
	my ($first, $again) = split ' ', slurp("$dir/codes");
	return (slurp("$dir/$kind"), $first, $again);
}

sub settle {
	my ($self, %o) = @_;
	my ($wanted, $first, $again) = $self->expectation(%o);
	my @f = $self->judge_run('the first plain run', $self->night(%o), $first, $again, @{ $o{codes} // [] });
	push @f, $self->judge_run('the second plain run', $self->night(%o), $again, $o{later} ? $first : ());
	my ($rows, $files) = ($self->dump_of(1), $self->trees);
	push @f, $self->differs('V8 not the fault-free state', $self->state_of(%o), $wanted);
	my $third = $self->night(%o);
	push @f, $self->judge_run('the third plain run', $third, $again);
	push @f, $self->differs('V7 the third run changed rows', $self->dump_of(1), $rows);
	push @f, $self->differs('V7 the third run changed files', $self->trees, $files);
	push @f, $self->check($third->{status});
	return @f;
}

sub unfinished {
	my ($self, $r, @codes) = @_;
	my %o = ref $codes[0] ? %{ shift @codes } : ();
	my ($wanted, $first) = $self->expectation;
	my $as_ever = $r->{status} == $first && !grep { $_ == $first } @codes;
	$as_ever = 0 if $o{partial} && $first == 3;
	my @f;
	push @f, $self->judge_run('the run with the fault', $r, $first, @codes);
	push @f, $self->differs('it said that all was done, and it is not',
		map { s/^alert_item.*\n//mgr } $self->state_of, $wanted) if $as_ever;    # told after the run's end
	push @f, 'it did not say why' if !$as_ever && $r->{said} !~ /\S/;
	return @f, $self->blamed($o{blame});
}

sub blamed {    # who is blamed for a fault of this machine
	my ($self, $partners_too) = @_;
	my $sql = q{SELECT kind, partner, key, code FROM dead ORDER BY 1, 2, 3;};
	my %fine = map { $_ => 1 } split /\n/, Check::ask("$self->{ref}/after.db", $sql);
	my @f = map { "dead letter: $_" } grep { !$fine{$_} } split /\n/, Check::ask($self->home . '/oms.db', $sql);
	push @f, map { "blamed: $_" } grep { !$partners_too } split /\n/, Check::ask($self->home . '/oms.db',
		q{SELECT partner, failures, breaker, reason FROM partner_state WHERE failures > 0 OR breaker <> '';});
	return @f;
}

sub check {    # V1 to V6, V9 to V11 of the world as it stands
	my ($self, $status) = @_;
	return Check::faults(home => $self->home, remote => $self->remote, oms => $self->{oms},
		secrets => [slurp("$self->{dir}/password") =~ s/\s//gr,
			(split /\n/, slurp("$self->{dir}/server/client_ed25519"))[2]],
		sources => $self->sources, said => $self->{said}, status => $status);
}

sub must_notice {
	my ($self, $night, $rule, $damage) = @_;
	$self->reset($night);
	my @before = $self->settle;
	return ('the world was not good before', @before) if @before;
	$self->{said} = '';
	local $self->{oms} = $self->{oms};    # a damage may put another in its place
	$damage->();
	my @f = $self->settle;
	return if grep { /^$rule / } @f;
	return 'nothing was noticed' if !@f;
	return ('noticed was something else', @f);
}

sub sources {    # what partners had left before the night
	my ($self) = @_;
	my $dir = "$self->{ref}/$self->{night}";
	return $self->{sources}{ $self->{night} } //= {
		(map { $_ => slurp("$dir/$_") } map { s/^\Q$dir\E\///r }
			map { glob "$dir/$_" } $self->{world}->sources),
	};
}

# ---- cases

sub pick {
	my ($self, $number) = @_;
	return ($number - 1) % $self->{every} == 0
	    && int(($number - 1) / $self->{every}) % $self->{workers} == $self->{worker} - 1;
}

sub case {
	my ($self, $title, $sub, $number) = @_;
	my $i = ++$self->{number};
	$number //= $i;
	return if $self->{only} ? $number != $self->{only} : !$self->pick($i);
	my @faults = eval { $sub->() };
	push @faults, "the test itself failed: $@" if $@;
	$self->{ran}++;
	$title = $self->{title} if defined $self->{title};
	$self->{title} = undef;
	print @faults ? 'not ok' : 'ok', " - $self->{family} $number: $title\n";
	return if !@faults;
	$self->{failed}++;
	print "#  $_\n" for map { split /\n/ } @faults;
	$self->keep($number);
	return;
}

sub title { $_[0]{title} = $_[1] }    # what the case turned out to be

sub keep {    # the broken world, to look at
	my ($self, $number) = @_;
	my $to = "$ENV{TORTURE_KEEP}/$self->{family}-$number";
	remove_tree($to);
	make_path($to);
	system 'cp', '-a', $self->home, "$to/home";
	system 'cp', '-a', $self->remote, "$to/remote";
	spew("$to/said", $self->{said});
	return;
}

sub done {
	my ($self, @not_tried) = @_;
	print "# total $self->{family} $self->{ran} $self->{failed} $self->{number}\n";
	if ($self->{worker} == 1) { print "# not tried: $_\n" for @not_tried }
	exit($self->{failed} > 0);
}

# ---- the nights without faults (tests/torture/run has each world made once)

sub put {    # a file somebody left, at a fixed time
	my ($self, $path, $text) = @_;
	spew($path, $text);
	my $t = 1774900000 + 86400 * $self->{night};
	utime $t, $t, $path;
	return;
}

sub make_reference {
	my ($self) = @_;
	remove_tree($self->home, $self->remote);
	# Without a key ring, so that Check.pm can read the stored files by itself;
	# make crash runs the scenarios with one.
	my $example = $self->{world}->example;
	sh("'$self->{oms}' init '" . $self->home . "' $example --no-key > '$self->{dir}/init' 2>&1");
	make_path(map { $self->remote . "/$_" } $self->{world}->folders);
	$self->write_partners;
	for my $n ($self->nights) {
		my $to = "$self->{ref}/$n";
		$self->{night} = $n;
		$self->{world}->arrivals($self);
		make_path($to);
		sh('cp', '-a', $self->home, "$to/home");
		sh('cp', '-a', $self->remote, "$to/remote");
		my @r = map { $self->night } 1 .. 2;
		spew("$to/codes", "$r[0]{status} $r[1]{status}\n");
		spew("$to/state", $self->state_of);
		spew("$to/timeless", $self->state_of(later => 1));
		spew("$to/business", $self->business);
		spew("$to/took", $r[0]{took});
		my $again = $self->night;
		die "the reference is no reference: $r[0]{said}$again->{said}\n"
		    if $again->{status} != $r[1]{status} || $self->state_of ne slurp("$to/state");
	}
	sh('sqlite3', $self->home . '/oms.db', ".backup $self->{ref}/after.db");
	my $open = Check::ask("$self->{ref}/after.db", q{SELECT order_no, label FROM orders WHERE status_min < 3900;});
	die "orders that stay open: $open\n" if $open ne '';
	for my $n ($self->nights) {
		spew("$self->{ref}/$n/trace", map { "$_\n" } $self->trace($n));
	}
	spew("$self->{ref}/ready", '');
	return;
}

1;
