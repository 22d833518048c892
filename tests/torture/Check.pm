# Check.pm - what must be true of a home at rest, proved without the program.
#
# It reads the database through sqlite3, the folders of the home and the tree
# of the partners' server, and believes none of them: each is held against the
# others.  tests/torture/check runs it on any home of the torture world;
# Torture.pm adds V7, V8 and the rest of V10, which need several runs to be seen.
#
#   V1   every order in every accepted file exists once, or is a dead letter;
#        every group of X12 is answered once
#   V2   no document, and nothing that is told in one, is there twice
#   V3   numbers of documents, invoices, keys and envelopes have no gap
#   V4   in = applied + duplicate + rejected, and the sums are those of the files
#   V5   what a partner no longer has, we have: every source is there or a blob
#   V6   nothing partial under a final name, nothing left in tmp
#   V9   the database is sound, oms check finds nothing
#   V10  no run is called running, the last one wrote its true exit status
#   V11  no secret in any file or output, no lock held
package Check;
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use Fcntl qw(:flock);
use File::Find;

my %FOLDER = (    # where documents lie on the partners' server
	'sfcc' => 'shop/status', 'wms-east' => 'east/orders',
	(map { $_ => "to/$_" } qw(bigbox ironroad wms-south)),
);
my %TOLD = (    # in X12: which element of which segment says what it is about
	W05 => 2, B2 => 4, BAK => 3, BSN => 2, BIG => 2,
);

sub ask {    # one text; columns parted by |, rows by newlines
	my ($db, $sql) = @_;
	open my $out, '-|', 'sqlite3', '-readonly', '-batch', '-list', $db, $sql or die "sqlite3: $!\n";
	local $/;
	my $text = <$out> // '';
	close $out or return "sqlite3 failed: $text";
	return $text;
}

sub rows {
	my ($db, $sql) = @_;
	return map { [split /\|/, $_, -1] } split /\n/, ask($db, $sql);
}

# Several questions of one sqlite3: { name => [[column...]...] }.
sub ask_all {
	my ($db, %q) = @_;
	my %a = map { $_ => [] } keys %q;
	for (rows($db, join "\n", map { "SELECT '$_', x.* FROM ($q{$_}) x;" } sort keys %q)) {
		my ($name, @c) = @$_;
		die "the database cannot be read: $name @c\n" if !$a{$name};
		push @{ $a{$name} }, \@c;
	}
	return %a;
}

sub slurp {
	my ($path) = @_;
	open my $f, '<:raw', $path or return undef;
	local $/;
	return scalar <$f> // '';
}

sub files {    # { path below the folder => bytes }
	my ($root) = @_;
	my %f;
	find({ no_chdir => 1, wanted => sub {
		$f{ substr $_, length($root) + 1 } = slurp($_) if -f $_;
	} }, $root) if -d $root;
	return %f;
}

sub segments {    # of X12: [tag, element...] each
	my ($text) = @_;
	return () if $text !~ /^ISA.{103}/s;
	my ($element, $end) = (substr($text, 3, 1), substr($text, 105, 1));
	return map { [split /\Q$element\E/, $_, -1] } split /\Q$end\E\s*/, $text;
}

sub x12_sent {    # { partner => [[segment...] of each file] }
	my ($remote) = @_;
	my %sent;
	for (sort keys %$remote) {
		push @{ $sent{$1} }, [segments($remote->{$_})] if m{^to/([^/]+)/[^.][^/]*\.x12$};
	}
	return %sent;
}

sub minor {
	my ($whole, $part) = split /\./, $_[0];
	return $whole * 100 + substr(($part // '') . '00', 0, 2);
}

sub accepted_orders {    # { number => [its total...] } of the order files
	my ($blob, @files) = @_;
	my %order;
	for (@files) {
		my ($id, $type, $sha, $state) = @$_;
		next if $state ne 'ingested';
		my $text = $blob->{$sha} // next;
		if ($type eq 'sfcc.order') {
			while ($text =~ /<order order-no="([^"]+)"(.*?)<\/order>/gs) {
				my ($no, $xml) = ($1, $2);
				my ($total) = $xml =~ m{<order-total>.*?<gross-price>([\d.]+)}s;
				push @{ $order{$no} }, $total;
			}
		} elsif ($type eq 'edi.trade') {
			my $no;
			for (segments($text)) {
				if ($_->[0] eq 'BEG') { push @{ $order{ $no = $_->[3] } }, undef }
				elsif ($_->[0] eq 'AMT' && $_->[1] eq 'TT') { $order{$no}[-1] = $_->[2] }
			}
		}
	}
	return %order;
}

# What partners sent by X12 and what we answered; acknowledgements are not
# acknowledged, and a TA1 goes to who asks for it in ISA14.
sub answers {
	my ($db, $blob, %sent) = @_;
	my (%asked, %answered);
	for (@{ $db->{files} }) {
		my ($id, $type, $sha, $state, $partner) = @$_;
		next if $type !~ /^edi\./ || $state ne 'ingested';
		for (segments($blob->{$sha} // '')) {
			$asked{"group $_->[1] $_->[6] of $partner"}++ if $_->[0] eq 'GS' && $_->[1] ne 'FA';
			$asked{"interchange $_->[13] of $partner"}++ if $_->[0] eq 'ISA' && $_->[14];
		}
	}
	for my $partner (keys %sent) {
		for (map { @$_ } @{ $sent{$partner} }) {
			$answered{"group $_->[1] $_->[2] of $partner"}++ if $_->[0] eq 'AK1';
			$answered{"interchange $_->[1] of $partner"}++ if $_->[0] eq 'TA1';
		}
	}
	return map { "$_ was sent " . ($asked{$_} // 0) . ' times and answered ' . ($answered{$_} // 0) }
	    grep { ($asked{$_} // 0) != ($answered{$_} // 0) } sort keys %{ { %asked, %answered } };
}

sub v1 {
	my ($db, $order, $blob, %sent) = @_;
	my %have;
	$have{ $_->[0] }++ for @{ $db->{orders} };
	my %dead = map { $_->[1] => 1 } grep { $_->[0] eq 'record' && $_->[4] =~ /open|held|retried/ } @{ $db->{dead} };
	my @f;
	for (sort keys %$order) {
		my $n = $have{$_} // 0;
		push @f, "order $_ is there $n times" if $n != ($dead{$_} ? 0 : 1);
	}
	push @f, map { "order $_ stands in no file" } grep { !$order->{$_} } sort keys %have;
	push @f, map { "part of no line: order $_->[0]" } @{ $db->{no_part} };
	return @f, answers($db, $blob, %sent);
}

sub v2 {
	my ($db, $remote, $outbox, %sent) = @_;
	my (@f, %number, %told);
	for (sort keys %$remote) {
		my ($doc) = m{([A-Z]+_[\w-]+_\d{8})_\w+\.\w+$} or next;
		push @f, "$doc has two files on the server" if $number{$doc}++;
	}
	push @f, map { "document $_->[0] $_->[1] number $_->[2] exists $_->[3] times" } @{ $db->{doc_twice} };
	for my $name (sort keys %$outbox) {
		my %keys;
		my ($type) = $name =~ m{([A-Z]+)_} or next;
		# A credit note names its invoice and the shipment; the last
		# column of a journal says what the entry is.
		my $key = $type eq 'JOURNAL' ? qr/\b([A-Z]+-\d+)$/m : qr/\b(S\d{8}:\w+:\d+:\d+|INV-\d+|S\d{8})\b/;
		$keys{"$1 in $type"}++ while $outbox->{$name} =~ /$key/g;
		for (keys %keys) {
			# Status reports name a shipment again and again, journals
			# and charges the invoice's number in every line.
			next if !/ in (SHIP|CAPTURE|JOURNAL|MANIFEST|BOOKING)$/;
			push @f, "$_ of $told{$_} stands in $name again" if $told{$_};
			$told{$_} = $name;
		}
	}
	for my $partner (sort keys %sent) {
		my %n;
		$n{"$_->[0] $_->[ $TOLD{ $_->[0] } ]"}++ for grep { $TOLD{ $_->[0] } } map { @$_ } @{ $sent{$partner} };
		push @f, map { "$partner was told of $_ $n{$_} times" } grep { $n{$_} > 1 } sort keys %n;
	}
	return @f;
}

sub envelopes {    # their numbers, as each partner sees them
	my (%sent) = @_;
	my @f;
	for my $partner (sort keys %sent) {
		for (['ISA', 13], ['GS', 6]) {
			my ($tag, $element) = @$_;
			my @n = sort { $a <=> $b } map { $_->[$element] + 0 } grep { $_->[0] eq $tag } map { @$_ } @{ $sent{$partner} };
			push @f, "$partner got $tag @n" if "@n" ne join ' ', 1 .. @n;
		}
	}
	return @f;
}

sub v3 {
	my ($db, %sent) = @_;
	return envelopes(%sent), map { "$_->[0]: $_->[1] given, $_->[2] there, the highest is $_->[3]" }
	    grep { $_->[1] != $_->[2] || $_->[2] != $_->[3] } @{ $db->{numbers} };
}

sub v4 {
	my ($db, $order, %sent) = @_;
	my @f;
	for (@{ $db->{ledger} }) {
		my ($id, $records, $applied, $duplicates, $rejected, $rows, $a, $d, $r) = @$_;
		push @f, "file $id: $records in, $applied applied, $duplicates duplicate, $rejected rejected"
		    if $records != $applied + $duplicates + $rejected;
		push @f, "file $id: its records are $rows: $a applied, $d duplicate, $r rejected"
		    if $rows ne '' && $rows > 0 && "$records $applied $duplicates $rejected" ne "$rows $a $d $r";
	}
	push @f, map { "file $_->[0] is still $_->[1]" } @{ $db->{pending} };
	for (@{ $db->{orders} }) {
		my ($no, $total) = @$_;
		my $asked = $order->{$no}[0];
		push @f, "order $no: $total, its file says " . ($asked // 'nothing')
		    if !defined $asked || minor($asked) != $total;
	}
	for (map { @$_ } values %sent) {
		my ($no, $sum, $says) = ('', 0);
		for (@$_) {
			$no = $_->[2] if $_->[0] eq 'BIG';
			$sum += $_->[2] * minor($_->[4]) if $_->[0] eq 'IT1';
			$says = $_->[1] if $_->[0] eq 'TDS';
		}
		push @f, "810 $no: the lines are $sum, it says $says" if defined $says && $sum != $says;
	}
	return (@f, map { "invoice $_->[0]: the lines are $_->[1], it says $_->[2]" } @{ $db->{invoice_sum} });
}

sub v5 {
	my ($db, $remote, $home, $blob, $sources) = @_;
	my @f = map { "file $_->[0] has no blob $_->[2]" } grep { !defined $blob->{ $_->[2] } } @{ $db->{files} };
	push @f, map { "dead letter $_->[3] has no blob $_->[5]" }
	    grep { $_->[5] ne '' && !defined $blob->{ $_->[5] } } @{ $db->{dead} };
	for (sort keys %$remote) {
		next if !m{^(shop/export/archive|read)/};
		push @f, "archived, but we have no such bytes: $_" if !defined $blob->{ sha256_hex($remote->{$_}) };
	}
	for (sort keys %$sources) {    # "remote/..." or "home/inbox/..."
		my ($where, $path) = m{^(remote|home)/(.*)};
		my $sha = sha256_hex($sources->{$_});
		my $now = $where eq 'remote' ? $remote->{$path} : slurp("$home/$path");
		next if defined $now && sha256_hex($now) eq $sha;
		push @f, "gone, and we do not have it: $_" if !defined $blob->{$sha};
	}
	return @f;
}

sub v6 {
	my ($db, $remote, $outbox, $spool, $dead) = @_;
	my %doc = map { ("$_->[0]/$_->[1]" => $_) } @{ $db->{documents} };
	my @f;
	for my $partner (sort keys %FOLDER) {
		my $dir = $FOLDER{$partner};
		for (sort grep { m{^\Q$dir\E/[^/]+$} } keys %$remote) {
			my ($name) = m{([^/]+)$};
			my $d = $doc{"$partner/$name"};
			push @f, $name =~ /^\./ ? "left behind: $_" : !$d ? "nobody wrote $_" :
			    sha256_hex($remote->{$_}) ne $d->[3] ? "not the document's bytes: $_" : ();
		}
	}
	for (sort keys %$outbox) {
		my $d = $doc{$_};
		push @f, !$d ? "nobody wrote outbox/$_" :
		    sha256_hex($outbox->{$_}) ne $d->[3] ? "not the document's bytes: outbox/$_" : ();
	}
	for (sort keys %$spool) {
		push @f, "left behind: spool/$_" if m{^tmp/};
		push @f, "not the bytes of its name: spool/$_" if m{^blob/../(\w+)$} && sha256_hex($spool->{$_}) ne $1;
	}
	my %name = map { ("$_->[2]/$_->[3]" => $_->[5]) } @{ $db->{dead} };
	for (sort keys %$dead) {
		next if /\.why$/ || m{^requeue/} || /README/;
		push @f, !defined $name{$_} ? "nobody put deadletter/$_ there" :
		    $name{$_} ne '' && $name{$_} ne sha256_hex($dead->{$_}) ? "not the bytes of deadletter/$_" : ();
	}
	return @f;
}

sub v9 {
	my ($path, $home, $oms) = @_;
	my $sound = ask($path, 'PRAGMA integrity_check; PRAGMA foreign_key_check;');
	my @f;
	push @f, "the database is damaged: $sound" if $sound ne "ok\n";
	return @f if !$oms;
	for my $verb (verbs($oms)) {
		my $said = `'$oms' --home '$home' --quiet --json $verb 2>&1`;
		my $status = $? >> 8;
		# The world has no key ring, and oms check says so.
		$status = 0 if $status == 11 && !grep { !/"id":"personal"/ } split /\n/, $said;
		push @f, "oms $verb ends with status $status: $said" if $status;
	}
	return @f;
}

my @verbs;

sub verbs {    # those that prove something and are there
	my ($oms) = @_;
	return @verbs if @verbs;
	my $help = `'$oms' help 2>&1`;
	@verbs = grep { $help =~ /^  $_\b/m } qw(check fsck);
	return @verbs;
}

sub v11 {
	my ($home, $said, @secrets) = @_;
	my @f;
	my %text = (%{ { files($home) } }, 'its output' => $said);
	for my $secret (grep { length } @secrets) {
		push @f, map { "a secret stands in $_" } grep { index($text{$_} // '', $secret) >= 0 } sort keys %text;
	}
	for my $lock (grep { -e } "$home/locks/run.lock", "$home/oms.db.writer") {
		open my $f, '<', $lock or next;
		push @f, "somebody still holds $lock" if !flock $f, LOCK_EX | LOCK_NB;
		close $f;
	}
	return @f;
}

sub v10 {
	my ($db, $status) = @_;
	my @f = map { "run $_->[0] is still called running" } @{ $db->{running} };
	my ($last) = @{ $db->{last_run} };
	push @f, "the last run ended with status $status, and wrote down $last->[1]"
	    if defined $status && $last->[1] ne $status;
	return @f;
}

my %QUESTIONS = (
	running => q{SELECT run_id FROM run WHERE state = 'running'},
	last_run => 'SELECT run_id, exit_code FROM run ORDER BY run_id DESC LIMIT 1',
	files => 'SELECT file_id, type, sha256, state, partner FROM file',
	orders => 'SELECT order_no, total_minor FROM orders',
	no_part => 'SELECT o.order_no FROM orders o JOIN order_line l USING (order_id)
	    LEFT JOIN part p USING (order_id, line_no) GROUP BY l.order_id, l.line_no
	    HAVING coalesce(sum(p.qty), 0) <> l.qty',
	dead => 'SELECT kind, key, partner, name, state, sha256 FROM dead',
	documents => 'SELECT partner, name, size_bytes, sha256, state FROM document',
	doc_twice => 'SELECT partner, type, doc_no, count(*) FROM document GROUP BY 1, 2, 3 HAVING count(*) > 1',
	pending => q{SELECT file_id, state FROM file WHERE state IN ('new', 'ingesting')},
	ledger => q{SELECT f.file_id, f.records, f.applied, f.duplicates, f.rejected,
	    CASE WHEN f.type = 'sfcc.order' OR f.type LIKE 'edi.%' THEN count(r.record_no) END AS n,
	    coalesce(sum(r.state IN ('applied', 'revision')), 0) AS a,
	    coalesce(sum(r.state = 'duplicate'), 0) AS d,
	    coalesce(sum(r.state IN ('rejected', 'conflict')), 0) AS r
	    FROM file f LEFT JOIN record r USING (file_id) GROUP BY f.file_id},
	invoice_sum => 'SELECT i.invoice_no, coalesce(sum(net_minor + disc_minor + ship_minor + l.tax_minor), 0) AS s, i.total_minor
	    FROM invoice i LEFT JOIN invoice_line l USING (invoice_no) GROUP BY 1 HAVING s <> i.total_minor',
	numbers => q{SELECT 'invoice', c.value, count(i.invoice_no), coalesce(max(cast(substr(i.invoice_no, 5) AS INTEGER)), 0)
	    FROM counter c LEFT JOIN invoice i ON i.kind = 'invoice' WHERE c.name = 'invoice'
	    UNION ALL SELECT 'release', c.value, count(release_key), coalesce(max(cast(substr(release_key, 2) AS INTEGER)), 0)
	    FROM counter c LEFT JOIN release ON 1 WHERE c.name = 'release'
	    UNION ALL SELECT 'shipment', c.value, count(shipment_key), coalesce(max(cast(substr(shipment_key, 2) AS INTEGER)), 0)
	    FROM counter c LEFT JOIN shipment ON 1 WHERE c.name = 'shipment'
	    UNION ALL SELECT 'file', c.value, count(file_id), coalesce(max(file_id), 0)
	    FROM counter c LEFT JOIN file ON 1 WHERE c.name = 'file'
	    UNION ALL SELECT 'order', c.value, count(order_id), coalesce(max(order_id), 0)
	    FROM counter c LEFT JOIN orders ON 1 WHERE c.name = 'order'
	    UNION ALL SELECT 'dead', c.value, count(dead_id), coalesce(max(dead_id), 0)
	    FROM counter c LEFT JOIN dead ON 1 WHERE c.name = 'dead'
	    UNION ALL SELECT 'charge', c.value, count(charge_id), coalesce(max(charge_id), 0)
	    FROM counter c LEFT JOIN charge ON 1 WHERE c.name = 'charge'
	    UNION ALL SELECT 'document', c.value, count(doc_id), coalesce(max(doc_id), 0)
	    FROM counter c LEFT JOIN document ON 1 WHERE c.name = 'document'
	    UNION ALL SELECT c.partner || ' ' || c.type, c.value, count(doc_no), coalesce(max(doc_no), 0)
	    FROM document_counter c LEFT JOIN document d ON d.partner = c.partner AND d.type = c.type
	    GROUP BY c.partner, c.type, c.value
	    UNION ALL SELECT c.partner || ' ' || c.kind, c.value, count(doc_id), max(interchange_no)
	    FROM edi_counter c LEFT JOIN edi_out o ON o.partner = c.partner AND o.is_test = (c.env = 'test')
	    WHERE c.kind = 'interchange' GROUP BY c.partner, c.env, c.kind, c.value
	    UNION ALL SELECT c.partner || ' ' || c.kind, c.value, count(doc_id), max(group_no)
	    FROM edi_counter c LEFT JOIN edi_out o ON o.partner = c.partner AND o.is_test = (c.env = 'test')
	    AND o.set_type <> 'TA1' WHERE c.kind = 'group' GROUP BY c.partner, c.env, c.kind, c.value},
);

# faults - what is wrong, a line each, beginning with the number of the rule.
#
#   home, remote  the two trees      oms      the program, for V9
#   secrets       texts that may stand nowhere     said   what runs printed
#   status        how the last run ended, for V10
#   sources       { "remote/path" or "home/path" => bytes } that once lay there
sub faults {
	my (%o) = @_;
	my $path = "$o{home}/oms.db";
	my %db = eval { ask_all($path, %QUESTIONS) };
	return "V9 $@" if $@;
	my %remote = files($o{remote});
	my %outbox = files("$o{home}/outbox");
	my %spool = files("$o{home}/spool");
	my %dead = files("$o{home}/deadletter");
	my %blob = map { m{^blob/../(\w+)$} ? ($1 => $spool{$_}) : () } keys %spool;
	my %order = accepted_orders(\%blob, @{ $db{files} });
	my %sent = x12_sent(\%remote);
	my %f = (
		V1 => [v1(\%db, \%order, \%blob, %sent)],
		V2 => [v2(\%db, \%remote, \%outbox, %sent)],
		V3 => [v3(\%db, %sent)],
		V4 => [v4(\%db, \%order, %sent)],
		V5 => [v5(\%db, \%remote, $o{home}, \%blob, $o{sources} // {})],
		V6 => [v6(\%db, \%remote, \%outbox, \%spool, \%dead)],
		V9 => [v9($path, $o{home}, $o{oms})],
		V10 => [v10(\%db, $o{status})],
		V11 => [v11($o{home}, $o{said} // '', @{ $o{secrets} // [] })],
	);
	return map { my $v = $_; map { "$v $_" } @{ $f{$v} } } sort keys %f;
}

1;
