//! How packets get to the portals: routes, neighbours, settings and counters of the devices they leave through.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::super::files::{self, SETTINGS};
use super::super::item::Found;
use super::super::setting::Setting;
use super::tables;

/// More devices than this are no path to a portal.
const DEVICES: usize = 16;

pub(super) fn collect(setting: &Setting) -> Found {
    let mut found = tables::collect(setting, "network");
    let portals = portals(setting);
    let read = |path: &str| {
        files::read(&setting.on_machine(path), SETTINGS).map(|text| text.text).unwrap_or_default()
    };
    let mut routes: Vec<Route> = read("proc/net/route").lines().filter_map(ipv4).collect();
    routes.extend(read("proc/net/ipv6_route").lines().filter_map(ipv6));
    let all = routes.len();
    routes.retain(|route| route.is_default() || portals.iter().any(|portal| route.covers(*portal)));
    let mut text: String = routes.iter().map(Route::line).collect();
    if all > routes.len() {
        text.push_str(&format!("({} routes to other places are left out)\n", all - routes.len()));
    }
    if text.is_empty() {
        found.missing("routes to the portals", "the main table has none");
    }
    found.text("network/routes.txt", "/proc/net/route, /proc/net/ipv6_route", text);
    let mut near: BTreeSet<IpAddr> = portals.clone();
    near.extend(routes.iter().filter_map(|route| route.gateway));
    let mut text: String =
        read("proc/net/arp").lines().filter_map(|line| neighbour(line, &near)).collect();
    if near.iter().any(IpAddr::is_ipv6) {
        text.push_str(&ipv6_neighbours(setting, &near, &mut found));
    }
    if text.is_empty() {
        found.missing("neighbours on the way to the portals", "the kernel knows none");
    }
    found.text("network/neighbours.txt", "/proc/net/arp, ip -6 neigh", text);
    let mut devices: BTreeSet<String> = routes.into_iter().map(|route| route.device).collect();
    devices.extend(taken(setting, &portals, &mut found));
    let below: Vec<String> = devices.iter().flat_map(|device| lower(setting, device)).collect();
    devices.extend(below);
    for device in devices.iter().filter(|device| *device != "lo").take(DEVICES) {
        ethtool(setting, device, &mut found);
    }
    found
}

/// Where the sessions go.
fn portals(setting: &Setting) -> BTreeSet<IpAddr> {
    let folder = "sys/class/iscsi_connection";
    let names = files::names(&setting.on_machine(folder)).unwrap_or_default();
    let mut portals = BTreeSet::new();
    for name in names {
        for attribute in ["address", "persistent_address"] {
            let path = setting.on_machine(&format!("{folder}/{name}/{attribute}"));
            let text = files::read(&path, SETTINGS).map(|text| text.text).unwrap_or_default();
            portals.extend(text.trim().parse::<IpAddr>());
        }
    }
    portals
}

/// Which way the kernel takes, whatever tables and rules there are; answers through which devices.
fn taken(setting: &Setting, portals: &BTreeSet<IpAddr>, found: &mut Found) -> Vec<String> {
    /// With thousands of portals a few tell the rest.
    const PORTALS: usize = 16;
    const ORIGIN: &str = "ip route get PORTAL";
    let wish = &setting.wish;
    if !wish.programs.are_there() {
        return Vec::new();
    }
    let (mut text, mut devices) = (String::new(), Vec::new());
    for portal in portals.iter().take(PORTALS) {
        let arguments = ["-o", "route", "get", &portal.to_string()];
        match wish.programs.run("ip", &arguments, wish.patience, &*wish.stop) {
            Ok(said) => {
                let (line, device) = way(&said.text);
                text.push_str(&line);
                devices.extend(device);
            }
            Err(why) => {
                found.missing(ORIGIN, why);
                break;
            }
        }
    }
    found.text("network/route-to.txt", ORIGIN, text);
    devices
}

/// `10.0.0.9 via 10.0.1.1 dev eth0 table 7 src 10.0.1.5 uid 0 \    cache`: addresses and what is said of them.
fn way(line: &str) -> (String, Option<String>) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let mut kept: Vec<&str> =
        words.first().into_iter().copied().filter(|w| is_address(w)).collect();
    let mut through = None;
    for pair in words.windows(2) {
        let [key, value] = pair else { continue };
        let fits = match *key {
            "via" | "src" | "from" => is_address(value),
            "table" | "metric" | "mtu" | "mark" | "advmss" => value.parse::<u32>().is_ok(),
            "dev" => {
                through = device(value);
                through.is_some()
            }
            _ => false,
        };
        if fits {
            kept.extend([*key, *value]);
        }
    }
    (kept.join(" ") + "\n", through)
}

fn is_address(word: &str) -> bool {
    word.parse::<IpAddr>().is_ok()
}

/// What a bond, a VLAN or a bridge is made of.
fn lower(setting: &Setting, device: &str) -> Vec<String> {
    let names = files::names(&setting.on_machine(&format!("sys/class/net/{device}")));
    let names = names.unwrap_or_default();
    names.iter().filter_map(|name| self::device(name.strip_prefix("lower_")?)).collect()
}

struct Route {
    to: IpAddr,
    length: u32,
    gateway: Option<IpAddr>,
    device: String,
    metric: u32,
}

impl Route {
    fn is_default(&self) -> bool {
        self.length == 0
    }

    fn covers(&self, address: IpAddr) -> bool {
        match (self.to, address) {
            (IpAddr::V4(to), IpAddr::V4(address)) => {
                let shift = 32_u32.saturating_sub(self.length);
                let cut = |address: Ipv4Addr| u32::from(address).checked_shr(shift).unwrap_or(0);
                cut(to) == cut(address)
            }
            (IpAddr::V6(to), IpAddr::V6(address)) => {
                let shift = 128_u32.saturating_sub(self.length);
                let cut = |address: Ipv6Addr| u128::from(address).checked_shr(shift).unwrap_or(0);
                cut(to) == cut(address)
            }
            _ => false,
        }
    }

    fn line(&self) -> String {
        let via = self.gateway.map(|gateway| format!(" via {gateway}")).unwrap_or_default();
        format!("{}/{}{via} dev {} metric {}\n", self.to, self.length, self.device, self.metric)
    }
}

fn device(name: &str) -> Option<String> {
    // `IFNAMSIZ`
    let fits =
        name.len() < 16 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-@:".contains(&b));
    fits.then(|| name.to_owned())
}

/// `eth0 0000A8C0 00000000 0001 0 0 100 00FFFFFF 0 0 0`: addresses as the kernel has them in memory.
fn ipv4(line: &str) -> Option<Route> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [name, to, gateway, _flags, _references, _use, metric, mask, ..] = words.as_slice() else {
        return None;
    };
    let address = |hex: &str| {
        u32::from_str_radix(hex, 16).ok().map(|word| Ipv4Addr::from(word.to_le_bytes()))
    };
    let gateway = address(gateway)?;
    Some(Route {
        to: address(to)?.into(),
        length: u32::from_str_radix(mask, 16).ok()?.count_ones(),
        gateway: (!gateway.is_unspecified()).then_some(gateway.into()),
        device: device(name)?,
        metric: metric.parse().ok()?,
    })
}

/// `fe80... 40 000... 00 000... 00000100 00000001 00000000 00000001 eth0`
fn ipv6(line: &str) -> Option<Route> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [to, length, _from, _, gateway, metric, _references, _use, _flags, name] = words.as_slice()
    else {
        return None;
    };
    let address = |hex: &str| u128::from_str_radix(hex, 16).ok().map(Ipv6Addr::from);
    let gateway = address(gateway)?;
    Some(Route {
        to: address(to)?.into(),
        length: u32::from_str_radix(length, 16).ok()?,
        gateway: (!gateway.is_unspecified()).then_some(gateway.into()),
        device: device(name).filter(|name| name != "lo")?,
        metric: u32::from_str_radix(metric, 16).ok()?,
    })
}

/// `10.0.0.1  0x1  0x2  02:00:00:00:00:01  *  eth0`, if it is of interest.
fn neighbour(line: &str, near: &BTreeSet<IpAddr>) -> Option<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [address, _kind, flags, mac, _mask, name] = words.as_slice() else { return None };
    let address: IpAddr = address.parse().ok().filter(|address| near.contains(address))?;
    let mac = super::super::kind::is_mac(mac).then_some(*mac)?;
    // `ATF_COM`: it has answered.
    let state = if *flags == "0x0" { "no answer" } else { "known" };
    Some(format!("{address} {mac} dev {} {state}\n", device(name)?))
}

/// `fe80::1 dev eth0 lladdr 02:00:00:00:00:01 router REACHABLE`
fn ipv6_neighbours(setting: &Setting, near: &BTreeSet<IpAddr>, found: &mut Found) -> String {
    let wish = &setting.wish;
    if !wish.programs.are_there() {
        return String::new();
    }
    let said = wish.programs.run("ip", &["-6", "neigh", "show"], wish.patience, &*wish.stop);
    match said {
        Ok(said) => said.text.lines().filter_map(|line| ipv6_neighbour(line, near)).collect(),
        Err(why) => {
            found.missing("ip -6 neigh show", why);
            String::new()
        }
    }
}

fn ipv6_neighbour(line: &str, near: &BTreeSet<IpAddr>) -> Option<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let address: IpAddr = words.first()?.parse().ok().filter(|address| near.contains(address))?;
    let after = |word: &str| words.iter().skip_while(|found| **found != word).nth(1).copied();
    let mac = after("lladdr").filter(|mac| super::super::kind::is_mac(mac)).unwrap_or("-");
    let state = words.last().filter(|state| state.bytes().all(|byte| byte.is_ascii_uppercase()))?;
    Some(format!("{address} {mac} dev {} {}\n", device(after("dev")?)?, state.to_ascii_lowercase()))
}

/// Offloads, driver and the adapter's own counters: sysfs has none of them.
fn ethtool(setting: &Setting, device: &str, found: &mut Found) {
    let wish = &setting.wish;
    if !wish.programs.are_there() {
        return;
    }
    for (option, name) in [
        ("-i", "driver"),
        ("-k", "offloads"),
        ("-g", "rings"),
        ("-c", "coalescing"),
        ("-a", "pause"),
        ("-S", "counters"),
    ] {
        let origin = format!("ethtool {option} {device}");
        match wish.programs.run("ethtool", &[option, device], wish.patience, &*wish.stop) {
            Ok(said) => {
                let text: String = said.text.lines().filter_map(setting_line).collect();
                found.text(format!("network/{device}.{name}.txt"), origin, text);
            }
            Err(why) if why.contains("not installed") => {
                found.missing("ethtool (offloads and counters of network devices)", why);
                return;
            }
            Err(why) => found.missing(origin, why),
        }
    }
}

/// `     rx_crc_errors: 0`, `tcp-segmentation-offload: off [fixed]`: a setting's name and a number, a switch or a version.
fn setting_line(line: &str) -> Option<String> {
    let (key, value) = line.trim().split_once(':')?;
    let (key, value) = (key.trim(), value.trim());
    let plain = |text: &str| {
        text.len() <= 48
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b" _-[].()/".contains(&b))
    };
    let is_number = value.len() <= 20 && value.bytes().all(|byte| byte.is_ascii_digit());
    let word = value.split_whitespace().next().unwrap_or_default();
    let is_switch = ["on", "off", "n/a", "yes", "no"].contains(&word) && plain(value);
    let is_driver = ["driver", "version", "firmware-version"].contains(&key) && plain(value);
    (plain(key) && (is_number || is_switch || is_driver)).then(|| format!("{key}: {value}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_read_as_the_kernel_writes_them() {
        let route = ipv4("eth0\t0000A8C0\t0100A8C0\t0003\t0\t0\t100\t0000FFFF\t0\t0\t0").unwrap();
        assert_eq!(route.line(), "192.168.0.0/16 via 192.168.0.1 dev eth0 metric 100\n");
        assert!(route.covers("192.168.7.7".parse().unwrap()));
        assert!(!route.covers("192.169.7.7".parse().unwrap()));
        let line = "fd000000000000000000000000000000 40 00000000000000000000000000000000 00 \
            00000000000000000000000000000000 00000100 00000001 00000000 00000001 eth1";
        let route = ipv6(line).unwrap();
        assert_eq!(route.line(), "fd00::/64 dev eth1 metric 256\n");
        assert!(
            ipv4("Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT")
                .is_none()
        );
    }

    #[test]
    fn the_way_the_kernel_takes_loses_what_nobody_knows() {
        let line =
            "10.0.0.9 via 10.0.1.1 dev bond0.7 table 7 src 10.0.1.5 uid 0 canary \\    cache";
        let (text, device) = way(line);
        assert_eq!(text, "10.0.0.9 via 10.0.1.1 dev bond0.7 table 7 src 10.0.1.5\n");
        assert_eq!(device.as_deref(), Some("bond0.7"));
        assert_eq!(way("local fd00::7 dev lo src fd00::7").0, "dev lo src fd00::7\n");
    }

    #[test]
    fn only_neighbours_on_the_way_to_a_portal_are_of_interest() {
        let near = BTreeSet::from(["10.0.0.1".parse().unwrap(), "fe80::1".parse().unwrap()]);
        let line = "10.0.0.1 0x1 0x2 02:00:00:00:00:01 * eth0";
        assert_eq!(
            neighbour(line, &near).as_deref(),
            Some("10.0.0.1 02:00:00:00:00:01 dev eth0 known\n")
        );
        assert_eq!(neighbour(&line.replace("10.0.0.1", "10.0.0.9"), &near), None);
        let line = "fe80::1 dev eth0 lladdr 02:00:00:00:00:01 router REACHABLE";
        assert_eq!(
            ipv6_neighbour(line, &near).as_deref(),
            Some("fe80::1 02:00:00:00:00:01 dev eth0 reachable\n")
        );
    }

    #[test]
    fn of_ethtool_only_settings_and_counters_stay() {
        assert_eq!(setting_line("   rx_crc_errors: 7").as_deref(), Some("rx_crc_errors: 7\n"));
        assert_eq!(
            setting_line("tcp-segmentation-offload: off [fixed]").as_deref(),
            Some("tcp-segmentation-offload: off [fixed]\n")
        );
        assert_eq!(setting_line("bus-info: 0000:00:1f.6"), None);
        assert_eq!(setting_line("canary: hunter2"), None);
    }
}
