# shop.pm - the world of the shop: four nights of orders in XML, answers in CSV.
#
# The shop and the warehouse in the east have an SFTP server; the others have
# folders.  Night 1 brings stock, two orders in one file, the same file again
# under another name, a good order with a bad one; night 2 the warehouses' and
# the processor's answers and one more order; night 3 what was delivered; after
# night 4 all good orders are closed.  The methods are those of Torture.pm.
package World::shop;
use strict;
use warnings;
use File::Path qw(make_path remove_tree);

sub nights { 4 }
sub example { '--example' }
sub folders { qw(shop/export/archive shop/status east/orders east/confirms) }
sub on_server { qw(sfcc wms-east) }
sub sources { qw(remote/shop/export/*.xml remote/east/confirms/*.csv home/inbox/*/*.csv) }

my %PARTNER = ('sfcc' => <<'SHOP', 'wms-east' => <<'EAST');
kind = shop
settle_time = 0
transport = sftp
[feed.orders]
type = sfcc.order
direction = in
dir = shop/export
pattern = *.xml
complete = rename
archive_dir = shop/export/archive
[feed.order_status]
type = sfcc.order_status
direction = out
dir = shop/status
SHOP
kind = wms
node = WH-EAST
settle_time = 0
transport = sftp
[feed.ship_orders]
type = wms.ship_order
direction = out
dir = east/orders
[feed.ship_confirms]
type = wms.ship_confirm
direction = in
dir = east/confirms
pattern = *.csv
complete = rename
after = delete
EAST

sub partner {
	my ($class, $w, $id, $sftp) = @_;
	return "[partner]\n$PARTNER{$id}$sftp";
}

sub order_file {
	my ($w, @no) = @_;
	my $all = Torture::slurp("$w->{top}/tests/demo/orders.xml");
	my ($head) = $all =~ /^(.*?)\s*<order /s;
	my @orders = map { $all =~ /(<order order-no="$_".*?<\/order>)/s; $1 } @no;
	return join("\n", $head, @orders) . "\n</orders>\n";
}

sub delivered {    # what partners got: in our outbox, or on the server
	my ($w) = @_;
	my $all = "$w->{dir}/delivered";
	remove_tree($all);
	Torture::sh('cp', '-a', $w->home . '/outbox', $all);
	make_path("$all/wms-east");
	Torture::sh('cp', '-a', $w->remote . '/east/orders/.', "$all/wms-east/");
	return $all;
}

sub arrivals {
	my ($class, $w) = @_;
	my ($n, $home, $remote) = ($w->{night}, $w->home, $w->remote);
	if ($n == 1) {
		my $two = order_file($w, qw(00010001 00010002));
		$w->put("$remote/shop/export/orders_1.xml", $two);
		$w->put("$remote/shop/export/orders_2.xml", $two);
		$w->put("$remote/shop/export/orders_3.xml", order_file($w, qw(00010004 00010005)));
		$w->put("$home/inbox/merchant/stock_1.csv", "sku,node,on_hand_qty\nSKU-0001,WH-EAST,70\n");
		return;
	}
	$w->put("$remote/shop/export/orders_4.xml", order_file($w, '00010003')) if $n == 2;
	my $in = "$w->{dir}/answers";
	remove_tree($in);
	make_path("$in/$_") for qw(wms-east wms-central wms-west payments courier carrier);
	local $ENV{OMS_PLAY_NOW} = $w->clock(-3600);
	my @what = $n == 2 ? qw(capture ship) : qw(capture ship dispatch deliver);
	my $out = `'$w->{top}/tools/play-partners' '${\ delivered($w)}' '$in' @what`;
	die "nobody answers\n" if $? || ($out eq '' && $n < 4);
	for my $path (glob "$in/*/*.csv") {
		my ($partner, $name) = $path =~ m{([^/]+)/([^/]+)$};
		my $done = "$w->{ref}/answered/$partner-$name";
		next if -e $done;
		make_path("$w->{ref}/answered");
		Torture::spew($done, '');
		$w->put($partner eq 'wms-east' ? "$remote/east/confirms/$name" : "$home/inbox/$partner/$name", Torture::slurp($path));
	}
	unlink glob "$remote/east/orders/*";    # the warehouse took them
	return;
}

1;
