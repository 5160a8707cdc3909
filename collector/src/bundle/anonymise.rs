//! Pseudonyms: one for each name, the same everywhere in an archive.
//!
//! Names that sources noted are replaced wherever they stand as a whole word; addresses are found by their looks. A
//! pseudonym looks like what it stands for, so that every reader works: an IPv4 address stays one, and addresses of one
//! /24 stay together.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use aho_corasick::{AhoCorasick, MatchKind};

use super::kind::{is_iscsi_name, is_mac};
use super::names::{Identity, Names};

/// What stands for what.
pub(super) struct Pseudonyms {
    /// Finds every name.
    finder: Option<AhoCorasick>,
    /// Pseudonyms, in the order of the finder's patterns; first those of the map, then other ways to write them.
    names: Vec<(String, String)>,
    /// How many are in the map.
    listed: usize,
    ipv4: BTreeMap<Ipv4Addr, Ipv4Addr>,
    ipv6: BTreeMap<Ipv6Addr, Ipv6Addr>,
    macs: BTreeMap<String, String>,
}

/// What was found in a text.
enum Seen<'a> {
    Ip(IpAddr),
    Mac(&'a str),
}

impl Pseudonyms {
    /// For these names, and every address in these texts.
    pub fn new<'t>(
        names: &Names,
        texts: impl Iterator<Item = &'t str>,
        ends: impl Iterator<Item = IpAddr>,
    ) -> Self {
        let (mut ips, mut macs) = (BTreeSet::new(), BTreeSet::new());
        ips.extend(ends);
        for text in texts {
            for (_, _, seen) in addresses(text) {
                match seen {
                    Seen::Ip(ip) => {
                        ips.insert(ip);
                    }
                    Seen::Mac(mac) => {
                        macs.insert(mac.to_ascii_lowercase());
                    }
                }
            }
        }
        let ips = || ips.iter().filter(|ip| !means_the_same_everywhere(ip));
        let v4 = ips().filter_map(|ip| if let IpAddr::V4(ip) = ip { Some(*ip) } else { None });
        let v6 = ips().filter_map(|ip| if let IpAddr::V6(ip) = ip { Some(*ip) } else { None });
        let macs: BTreeMap<String, String> = macs
            .into_iter()
            .zip(1_u64..)
            .map(|(mac, number)| (mac.clone(), self::mac(&mac, number)))
            .collect();
        let mut names = named(names);
        let listed = names.len();
        let other: Vec<_> = names.iter().flat_map(|(name, alias)| serials(name, alias)).collect();
        names.extend(other);
        names.extend(macs.iter().flat_map(|(mac, alias)| hardware(mac, alias)));
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .ascii_case_insensitive(true)
            .build(names.iter().map(|(name, _)| name));
        Self {
            finder: finder.ok(),
            names,
            listed,
            ipv4: ipv4(v4),
            ipv6: v6
                .zip(1_u128..)
                .map(|(ip, number)| (ip, Ipv6Addr::from(DOCUMENTATION + number)))
                .collect(),
            macs,
        }
    }

    /// The text with pseudonyms.
    pub fn apply(&self, text: &str) -> String {
        let mut cuts: Vec<(usize, usize, String)> = Vec::new();
        for (start, end, seen) in addresses(text) {
            let pseudonym = match seen {
                Seen::Ip(ip) => self.ip(ip).map(|ip| ip.to_string()),
                Seen::Mac(mac) => self.macs.get(&mac.to_ascii_lowercase()).cloned(),
            };
            cuts.extend(pseudonym.map(|pseudonym| (start, end, pseudonym)));
        }
        for found in self.finder.iter().flat_map(|finder| finder.find_overlapping_iter(text)) {
            let (start, end) = (found.start(), found.end());
            if is_whole(text, start, end)
                && let Some((_, pseudonym)) = self.names.get(found.pattern().as_usize())
            {
                cuts.push((start, end, pseudonym.clone()));
            }
        }
        // Of those that begin together, the longest.
        cuts.sort_by(|a, b| (a.0, b.1).cmp(&(b.0, a.1)));
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for (start, end, pseudonym) in cuts {
            if start >= at {
                out.push_str(text.get(at..start).unwrap_or_default());
                out.push_str(&pseudonym);
                at = end;
            }
        }
        out.push_str(text.get(at..).unwrap_or_default());
        out
    }

    /// An end of a connection.
    pub fn end(&self, end: SocketAddr) -> SocketAddr {
        SocketAddr::new(self.ip(end.ip()).unwrap_or(end.ip()), end.port())
    }

    fn ip(&self, ip: IpAddr) -> Option<IpAddr> {
        match ip {
            IpAddr::V4(ip) => self.ipv4.get(&ip).map(|ip| IpAddr::V4(*ip)),
            IpAddr::V6(ip) => self.ipv6.get(&ip).map(|ip| IpAddr::V6(*ip)),
        }
    }

    /// Everything that was replaced, for whoever keeps the map.
    pub fn map(&self) -> BTreeMap<String, String> {
        let names = self.names.iter().take(self.listed).cloned();
        let v4 = self.ipv4.iter().map(|(ip, pseudonym)| (ip.to_string(), pseudonym.to_string()));
        let v6 = self.ipv6.iter().map(|(ip, pseudonym)| (ip.to_string(), pseudonym.to_string()));
        let macs = self.macs.iter().map(|(mac, pseudonym)| (mac.clone(), pseudonym.clone()));
        names.chain(v4).chain(v6).chain(macs).collect()
    }
}

/// 2001:db8::/32 (RFC 3849).
const DOCUMENTATION: u128 = 0x2001_0db8 << 96;

fn named(names: &Names) -> Vec<(String, String)> {
    let mut numbers: BTreeMap<Identity, u32> = BTreeMap::new();
    names
        .iter()
        .map(|(name, identity)| {
            let number = numbers.entry(identity).or_default();
            *number += 1;
            (name.to_owned(), pseudonym(name, identity, *number))
        })
        .collect()
}

fn pseudonym(name: &str, identity: Identity, number: u32) -> String {
    match identity {
        Identity::Iqn if is_iscsi_name(name) && !is_iqn(name) => {
            let kind = name.get(..4).unwrap_or("eui.");
            format!("{kind}{number:016x}")
        }
        Identity::Iqn => format!("iqn.2000-01.com.example:name{number}"),
        Identity::Host => format!("host-{number}"),
        Identity::Serial => format!("serial-{number}"),
        Identity::User => format!("user-{number}"),
        Identity::Name => format!("name-{number}"),
    }
}

fn is_iqn(name: &str) -> bool {
    name.get(..4).is_some_and(|kind| kind.eq_ignore_ascii_case("iqn."))
}

/// A device's number with what udev and multipath write in front of it: its kind as a digit, or `0x`.
fn serials<'n>(name: &'n str, alias: &'n str) -> impl Iterator<Item = (String, String)> + 'n {
    let is_number = name.len() >= 16 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    let kinds = ["0x", "1", "2", "3"].into_iter().filter(move |_| is_number);
    kinds.map(move |kind| (format!("{kind}{name}"), format!("{kind}{alias}")))
}

/// A hardware address as interfaces are named after it, and with other punctuation or none.
fn hardware<'n>(mac: &'n str, alias: &'n str) -> impl Iterator<Item = (String, String)> + 'n {
    [("enx", ""), ("", ""), ("", "-")].into_iter().map(move |(head, between)| {
        let with = |mac: &str| format!("{head}{}", mac.replace(':', between));
        (with(mac), with(alias))
    })
}

/// Networks of 256 addresses get numbers below 10.0.0.0/8, addresses in them keep 0 and 255 and are counted else.
fn ipv4(addresses: impl Iterator<Item = Ipv4Addr>) -> BTreeMap<Ipv4Addr, Ipv4Addr> {
    let mut networks: BTreeMap<[u8; 3], BTreeSet<u8>> = BTreeMap::new();
    for address in addresses {
        let [a, b, c, d] = address.octets();
        networks.entry([a, b, c]).or_default().insert(d);
    }
    let mut map = BTreeMap::new();
    for (([a, b, c], hosts), number) in networks.into_iter().zip(1_u16..) {
        let [high, low] = number.to_be_bytes();
        let inner = hosts.iter().filter(|host| !matches!(host, 0 | 255));
        for (host, number) in inner.zip(1_u8..) {
            map.insert([a, b, c, *host].into(), [10, high, low, number].into());
        }
        for host in [0, 255].iter().filter(|host| hosts.contains(host)) {
            map.insert([a, b, c, *host].into(), [10, high, low, *host].into());
        }
    }
    map
}

/// Locally administered, as long as the original.
fn mac(original: &str, number: u64) -> String {
    let parts = original.split(':').count();
    let bytes = number.to_be_bytes();
    let mut all = vec![0_u8; parts.saturating_sub(bytes.len())];
    all.extend_from_slice(bytes.get(bytes.len().saturating_sub(parts)..).unwrap_or_default());
    if let Some(first) = all.first_mut() {
        *first = 2;
    }
    all.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}

/// Loopback, "any", masks: they name nobody.
fn means_the_same_everywhere(ip: &IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            ip.is_loopback()
                || ip.is_unspecified()
                || ip.is_multicast()
                || ip.octets().first() == Some(&255)
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unspecified() || ip.is_multicast(),
    }
}

/// Whether what stands between two places is not a part of a word.
fn is_whole(text: &str, start: usize, end: usize) -> bool {
    let word = |char: char| char.is_alphanumeric();
    let before = text.get(..start).and_then(|text| text.chars().next_back());
    let after = text.get(end..).and_then(|text| text.chars().next());
    !before.is_some_and(word) && !after.is_some_and(word)
}

/// Addresses in a text, with where they begin and end.
fn addresses(text: &str) -> impl Iterator<Item = (usize, usize, Seen<'_>)> {
    let is_part = |byte: u8| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.';
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + bytes.get(at..)?.iter().position(|&byte| is_part(byte))?;
            let rest = bytes.get(start..)?;
            let length = rest.iter().position(|&byte| !is_part(byte)).unwrap_or(rest.len());
            at = start + length;
            let before = text.get(..start).and_then(|text| text.chars().next_back());
            let after = text.get(at..).and_then(|text| text.chars().next());
            let joined = |char: Option<char>| char.is_some_and(char::is_alphanumeric);
            if length < 2 || joined(after) {
                continue;
            }
            let run = text.get(start..at).unwrap_or_default();
            // `connection1:0`, but also `tcp.02:00:...`: letters in front belong to the run only if it continues them.
            if joined(before) && !run.starts_with(['.', ':']) {
                continue;
            }
            if let Some((from, to, seen)) = address(run) {
                return Some((start + from, start + to, seen));
            }
        }
    })
}

/// The address in a run of digits, colons and dots: the run itself, or without punctuation or a port.
fn address(run: &str) -> Option<(usize, usize, Seen<'_>)> {
    let from = run.len() - run.trim_start_matches('.').len();
    let bare = run.trim_matches('.');
    let bare = if bare.ends_with("::") { bare } else { bare.trim_end_matches(':') };
    let (bare, from) = match bare.strip_prefix(':') {
        Some(rest) if !bare.starts_with("::") => (rest, from + 1),
        _ => (bare, from),
    };
    let seen = |text: &str| text.parse::<IpAddr>().ok().map(Seen::Ip);
    if is_mac(bare) {
        return Some((from, from + bare.len(), Seen::Mac(run.get(from..from + bare.len())?)));
    }
    if let Some(ip) = seen(bare) {
        return Some((from, from + bare.len(), ip));
    }
    // `10.0.0.1:3260`, and with a dot as tcpdump prints it.
    let end = bare.match_indices('.').nth(3).map(|(at, _)| at).or_else(|| bare.find(':'))?;
    let host = bare.get(..end)?;
    let ip = host.parse::<Ipv4Addr>().ok()?;
    Some((from, from + host.len(), Seen::Ip(ip.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anonymised(text: &str) -> String {
        let mut names = Names::default();
        names.add(Identity::Iqn, "iqn.2024-01.lab:lio.1");
        names.add(Identity::Iqn, "iqn.2024-01.lab:lio.10");
        names.host("web1.corp.example");
        names.serial("36001405deadbeef7");
        Pseudonyms::new(&names, [text].into_iter(), [].into_iter()).apply(text)
    }

    #[test]
    fn addresses_are_found_with_and_without_port() {
        assert_eq!(
            anonymised(
                "192.168.7.9:3260,1 [fd00::7]:3260 fe80::1%eth0 a=192.168.7.20; 192.168.8.0/24."
            ),
            "10.0.1.1:3260,1 [2001:db8::1]:3260 2001:db8::2%eth0 a=10.0.1.2; 10.0.2.0/24."
        );
        assert_eq!(
            anonymised("lladdr 52:54:00:ab:cd:ef dev eth0"),
            "lladdr 02:00:00:00:00:01 dev eth0"
        );
        assert_eq!(anonymised("iface tcp.52:54:00:ab:cd:ef"), "iface tcp.02:00:00:00:00:01");
    }

    #[test]
    fn every_way_to_write_a_name_is_known() {
        let mac = "52:54:00:ab:cd:ef enx525400abcdef 52-54-00-AB-CD-EF 525400ABCDEF";
        assert_eq!(
            anonymised(mac),
            "02:00:00:00:00:01 enx020000000001 02-00-00-00-00-01 020000000001"
        );
        assert_eq!(
            anonymised(
                "naa.6001405deadbeef7 /dev/disk/by-id/scsi-36001405deadbeef7 wwn-0x6001405DEADBEEF7"
            ),
            "naa.serial-1 /dev/disk/by-id/scsi-3serial-1 wwn-0xserial-1"
        );
        assert_eq!(anonymised("192.168.7.9.3260 > FD00:0::7"), "10.0.1.1.3260 > 2001:db8::1");
        assert_eq!(anonymised("IQN.2024-01.LAB:LIO.1"), "iqn.2000-01.com.example:name1");
        assert_eq!(anonymised("db.corp.example web1.corp.example"), "db.host-1 host-3");
    }

    #[test]
    fn what_is_no_address_and_what_names_nobody_stays() {
        for text in [
            "connection1:0: detected",
            "sd 0:0:0:1: [sda]",
            "127.0.0.1 ::1 0.0.0.0 255.255.255.0",
            "12:00:01 6.1.0-13-amd64",
            "8:17 254:0",
        ] {
            assert_eq!(anonymised(text), text);
        }
    }

    #[test]
    fn names_are_replaced_as_whole_words_the_longest_first() {
        assert_eq!(
            anonymised(
                "to iqn.2024-01.lab:lio.10, iqn.2024-01.lab:lio.1. WEB1 web10 mpath-36001405deadbeef7"
            ),
            "to iqn.2000-01.com.example:name2, iqn.2000-01.com.example:name1. host-2 web10 mpath-3serial-1"
        );
    }

    #[test]
    fn the_map_gives_every_name_back_once() {
        let mut names = Names::default();
        names.add(Identity::Host, "web1");
        let pseudonyms = Pseudonyms::new(&names, ["10.9.8.7"].into_iter(), [].into_iter());
        let map = pseudonyms.map();
        assert_eq!(map.get("web1").map(String::as_str), Some("host-1"));
        assert_eq!(map.get("10.9.8.7").map(String::as_str), Some("10.0.1.1"));
        let pseudonyms: BTreeSet<&String> = map.values().collect();
        assert_eq!(pseudonyms.len(), map.len());
    }
}
