//! A machine with a secret in every place that may hold one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use iscsi_tests::machine::Machine;

use crate::canaries::Canaries;

/// Names that `--anonymise` must replace, wherever they are.
pub const NAMES: [&str; 15] = [
    "iqn.2024-01.lab:lio.1",
    "iqn.1993-08.org.debian:01:aabbccdd77",
    "storagehost77.corp77.example.net",
    "dbserver77",
    "192.168.77.41",
    "fd77:1234::41",
    "52:54:00:77:ab:cd",
    "36001405deadbeef77001122334455667",
    "adalovelace",
    // The same again as others write them.
    "6001405deadbeef77001122334455667",
    "enx52540077abcd",
    "52-54-00-77-ab-cd",
    "FD77:1234:0:0::41",
    "corp77.example.net",
    "wwn-0x6001405deadbeef77001122334455667",
];

pub struct Planted {
    pub machine: Machine,
    pub canaries: Canaries,
    /// Programs that print secrets.
    pub programs: PathBuf,
    pub captures: Vec<PathBuf>,
}

impl Planted {
    pub fn new(name: &str) -> Self {
        let machine = Machine::new(name).unwrap();
        let planted = Self {
            programs: machine.root().join("programs"),
            captures: vec![
                machine.root().join("capture.pcapng"),
                iscsi_tests::capture("chap.pcap"),
            ],
            machine,
            canaries: Canaries::default(),
        };
        planted.sysfs();
        planted.procfs();
        planted.records();
        planted.target();
        planted.logs();
        planted.say();
        crate::recorded::write(&planted.captures[0], &planted.canaries);
        planted
    }

    fn secret(&self, place: &str) -> String {
        self.canaries.plant(place)
    }

    fn write(&self, path: &str, text: &str) {
        self.machine.write(path, text).unwrap();
    }

    fn sysfs(&self) {
        self.machine.session(1).unwrap();
        self.machine.session(2).unwrap();
        for key in
            ["username", "username_in", "password", "password_in", "chap_out_idx", "new_secret_key"]
        {
            self.machine.set(1, key, &self.secret(&format!("sysfs session {key}"))).unwrap();
        }
        // A field that is safe by name, with what cannot be its value.
        self.machine
            .set(1, "recovery_tmo", &format!("{}!", self.secret("sysfs recovery_tmo")))
            .unwrap();
        self.machine.set(1, "initiatorname", NAMES[1]).unwrap();
        self.machine.set_connection(1, "address", NAMES[4]).unwrap();
        self.machine.set_connection(1, "persistent_address", NAMES[2]).unwrap();
        self.machine.set_connection(2, "persistent_address", NAMES[5]).unwrap();
        self.machine.set_connection(2, "address", NAMES[5]).unwrap();
        self.machine.set_device(1, "wwid", &format!("naa.{}", &NAMES[7][1..])).unwrap();
        self.machine.mapper(1, 0, "mpatha", &format!("mpath-{}", NAMES[7])).unwrap();
        self.write("sys/class/net/eth0/address", &format!("{}\n", NAMES[6]));
        self.write("sys/class/net/eth0/ifalias", &self.secret("interface alias"));
        self.write("sys/firmware/ibft/target0/chap-secret", &self.secret("ibft"));
        self.write("sys/firmware/ibft/target0/chap-name", &self.secret("ibft name"));
        self.write("sys/firmware/ibft/target0/rev-chap-name-secret", &self.secret("ibft reverse"));
        self.write("sys/firmware/ibft/target0/port", "3260\n");
        self.write(
            "sys/bus/iscsi_flashnode/devices/flashnode_sess-1:0/password",
            &self.secret("flashnode"),
        );
        self.write(
            "sys/module/iscsi_tcp/parameters/secret_param",
            &self.secret("module parameter"),
        );
        self.write(
            "sys/module/iscsi_tcp/parameters/debug_iscsi_tcp",
            &self.secret("known parameter"),
        );
    }

    fn procfs(&self) {
        self.write(
            "proc/1234/cmdline",
            &format!("iscsiadm\0-P\0{}\0", self.secret("process command line")),
        );
        self.write("proc/1234/environ", &format!("PASS={}\0", self.secret("process environment")));
        self.write("proc/1234/comm", "iscsid\n");
        self.write(
            "proc/cmdline",
            &format!(
                "quiet netroot=iscsi:{}:{}@10.0.0.1::3260:1:iqn.x:t rd.iscsi.password={} foo={}\n",
                self.secret("netroot user"),
                self.secret("netroot password"),
                self.secret("dracut password"),
                self.secret("unknown kernel parameter")
            ),
        );
        self.write(
            "proc/self/mountinfo",
            &format!(
                "30 22 8:17 / /home/{} rw,pass={} - ext4 /dev/disk/by-id/{}-part1 rw,password={}\n31 22 0:40 / /m rw - cifs //s/x rw,password={}\n",
                NAMES[8],
                self.secret("mount option"),
                NAMES[14],
                self.secret("file system option"),
                self.secret("network file system")
            ),
        );
        self.write("proc/sys/kernel/hostname", &format!("{}\n", NAMES[3]));
        self.write("proc/sys/kernel/osrelease", "6.1.0-13-amd64\n");
        self.write("etc/hostname", &format!("{}\n", NAMES[3]));
        self.write(
            "etc/hosts",
            &format!("127.0.0.1 localhost\n{} {} storagehost77\n", NAMES[4], NAMES[2]),
        );
        self.write(
            "etc/passwd",
            &format!(
                "root:x:0:0::/root:/bin/sh\n{}:x:1000:1000:{}:/home/a:/bin/sh\n",
                NAMES[8],
                self.secret("gecos")
            ),
        );
        self.write("etc/shadow", &format!("root:{}:1:::::\n", self.secret("shadow")));
        self.write(
            "proc/modules",
            &format!("iscsi_tcp 1 0 {} Live 0x0\nscsi_transport_iscsi 1 0 - Live 0x0\n", "-"),
        );
        self.write(
            "proc/net/route",
            "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\neth0\t004DA8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n",
        );
        self.write(
            "proc/net/arp",
            &format!(
                "IP address HW type Flags HW address Mask Device\n{} 0x1 0x2 {} * eth0\n",
                NAMES[4], NAMES[6]
            ),
        );
    }

    fn records(&self) {
        let conf = |place: &str| {
            format!(
                "# node.session.auth.password = {}\nnode.startup = manual\nnode.session.auth.username = {}\n\
                 node.session.auth.password = {}\nnode.session.auth.username_in = {}\nnode.session.auth.password_in = {}\n\
                 discovery.sendtargets.auth.username = {}\ndiscovery.sendtargets.auth.password = {}\n\
                 node.session.future_setting = {}\n{} = 1\n{}\nnode.conn[0].timeo.login_timeout = {}\n\
                 node.session.timeo.replacement_timeout = 120\n",
                self.secret(&format!("{place}: comment")),
                self.secret(&format!("{place}: username")),
                self.secret(&format!("{place}: password")),
                self.secret(&format!("{place}: username_in")),
                self.secret(&format!("{place}: password_in")),
                self.secret(&format!("{place}: discovery username")),
                self.secret(&format!("{place}: discovery password")),
                self.secret(&format!("{place}: unknown key")),
                self.secret(&format!("{place}: as a key")),
                self.secret(&format!("{place}: a line without key")),
                self.secret(&format!("{place}: value of the wrong kind"))
            )
        };
        self.write("etc/iscsi/iscsid.conf", &conf("iscsid.conf"));
        self.write(
            &format!("etc/iscsi/nodes/{}/{},3260,1/default", NAMES[0], NAMES[2]),
            &conf("record"),
        );
        self.write("var/lib/iscsi/send_targets/10.0.0.1,3260/st_config", &conf("discovery"));
        self.write(
            "etc/iscsi/ifaces/eth",
            &format!("iface.transport_name = tcp\niface.password = {}\n", self.secret("iface")),
        );
        self.write(
            &format!("etc/iscsi/nodes/{}/x", self.secret("a file's name")),
            "node.startup = manual\n",
        );
        self.write("etc/iscsi/initiatorname.iscsi", &format!("InitiatorName={}\n", NAMES[1]));
        self.write(
            "etc/multipath.conf",
            &format!(
                "# {}\ndefaults {{\n  polling_interval 5\n  some_key {}\n}}\n",
                self.secret("multipath comment"),
                self.secret("multipath key")
            ),
        );
    }

    fn target(&self) {
        self.write(
            "etc/target/saveconfig.json",
            &format!(
                r#"{{"fabric_modules":[{{"name":"iscsi","discovery_password":"{}","discovery_userid":"{}"}}],
                "targets":[{{"fabric":"iscsi","wwn":"{}","tpgs":[{{"tag":1,"chap_password":"{}","parameters":{{"AuthMethod":"CHAP"}},
                "node_acls":[{{"node_wwn":"{}","chap_userid":"{}","chap_password":"{}","chap_mutual_userid":"{}","chap_mutual_password":"{}","{}":1}}]}}]}}],
                "storage_objects":[{{"plugin":"fileio","name":"disk1","password":["{}"]}}]}}"#,
                self.secret("LIO discovery password"), self.secret("LIO discovery user"), NAMES[0], self.secret("LIO group password"),
                NAMES[1], self.secret("LIO user"), self.secret("LIO password"), self.secret("LIO mutual user"),
                self.secret("LIO mutual password"), self.secret("LIO key"), self.secret("LIO list")
            ),
        );
        let group = format!("sys/kernel/config/target/iscsi/{}/tpgt_1", NAMES[0]);
        for key in ["userid", "password", "userid_mutual", "password_mutual"] {
            self.write(&format!("{group}/auth/{key}"), &self.secret(&format!("configfs {key}")));
            self.write(
                &format!("{group}/acls/{}/auth/{key}", NAMES[1]),
                &self.secret(&format!("configfs ACL {key}")),
            );
        }
        self.write(&format!("{group}/param/AuthMethod"), "CHAP,None\n");
        self.write(&format!("{group}/param/Unknown"), &self.secret("configfs unknown parameter"));
        self.write(
            "sys/kernel/config/target/iscsi/discovery_auth/password",
            &self.secret("configfs discovery"),
        );
        self.write(
            "etc/tgt/targets.conf",
            &format!("<target {}>\n incominguser {} {}\n outgoinguser {} {}\n backing-store /srv/a\n</target>\n", NAMES[0],
                self.secret("tgt user"), self.secret("tgt password"), self.secret("tgt outgoing user"), self.secret("tgt outgoing password")),
        );
    }

    /// Lines as they are with debugging on, and lines nobody knows.
    fn lines(&self, place: &str) -> Vec<String> {
        let secret = |what: &str| self.secret(&format!("{place}: {what}"));
        vec![
            format!("Got key: CHAP_R=0x{}", secret("CHAP_R")),
            format!("Sending key: CHAP_N={}", secret("CHAP_N")),
            format!("[server] Got CHAP_C=0x{}", secret("CHAP_C")),
            format!("[server] md5 Server Digest: {}", secret("digest")),
            format!(
                "cxgb4i:cxgbi_set_conn_param: cls_conn 0x00, param 24, buf(6) {}.",
                secret("parameter")
            ),
            format!(
                "updated 'node.session.auth.password', '{}' => '{}'",
                secret("old"),
                secret("new")
            ),
            format!("login with {} to {} failed", secret("unknown line"), NAMES[0]),
            format!("cannot connect to {} ({}) for {}", NAMES[2], NAMES[4], NAMES[8]),
            format!("password:{}", secret("after a colon")),
            format!("chap_r=0x{} Chap_N={}", secret("chap_r"), secret("Chap_N")),
            format!("CHAP_R=0b{}==", secret("base64")),
            format!(
                "COMMAND=/usr/sbin/iscsiadm -m node -n node.session.auth.password -v {} -o update",
                secret("command line")
            ),
            format!("env PASSWD={} iscsiadm -m session", secret("environment")),
            format!("node.session.auth.password = \n  {}", secret("next line")),
            format!("node.session.auth.password = \\x0a {}", secret("escaped next line")),
            format!("secret is '{}', username is \"{}\"", secret("quoted"), secret("quoted, too")),
            format!("{}: Link is Down, {} at {}", NAMES[10], NAMES[11], NAMES[12]),
            format!("cannot connect to {}", NAMES[0].to_ascii_uppercase()),
            format!("portal other.{} is unreachable", NAMES[13]),
            format!("x={}&y=1", secret("a query")),
        ]
    }

    fn logs(&self) {
        let mut log = String::new();
        for (number, line) in self.lines("kernel log").iter().enumerate() {
            log.push_str(&format!("6,{number},{}000000,-;iscsi: {line}\n", 900 + number));
            log.push_str(&format!("6,{number},{}000000,-; connection1:0: {line}\n", 900 + number));
            log.push_str(&format!("6,{number},{}000000,-;{line}\n", 900 + number));
        }
        log.push_str(&format!(
            "4,90,950000000,-; connection1:0: detected conn error (1020)\n SUBSYSTEM={}\n",
            self.secret("a record's field")
        ));
        log.push_str(&format!(
            "6,91,951000000,-;usb 1-1: SerialNumber: {}\n",
            self.secret("another subsystem")
        ));
        self.write("dev/kmsg", &log);
        let syslog: String = self
            .lines("syslog")
            .iter()
            .map(|line| {
                format!("2026-11-22T10:00:00.000000+00:00 {} iscsid[81]: {line}\n", NAMES[3])
            })
            .collect();
        let other = format!(
            "2026-11-22T10:00:00.000000+00:00 h cron[2]: {}\n",
            self.secret("another program")
        );
        self.write("var/log/syslog", &(syslog + &other));
    }

    /// Programs as they would be on a machine, only more talkative.
    fn say(&self) {
        let journal: String = self
            .lines("journal")
            .iter()
            .map(|line| {
                format!(
                    "{{\"MESSAGE\":{},\"SYSLOG_IDENTIFIER\":\"iscsid\",\"__REALTIME_TIMESTAMP\":\"1700000000000000\",\"_CMDLINE\":\"{}\"}}\n",
                    serde_json::to_string(line).unwrap(),
                    self.secret("journal field")
                )
            })
            .collect();
        self.program("journalctl", &journal);
        self.program(
            "systemctl",
            &format!(
                "Id=iscsid.service\nActiveState=active\nEnvironment=PASS={}\nResult={}!\n",
                self.secret("unit environment"),
                self.secret("unit result")
            ),
        );
        self.program(
            "multipathd",
            &format!("sdb|1:0:0:0|active|ready|running|mpatha\n{}\n", self.secret("multipathd")),
        );
        self.program(
            "ethtool",
            &format!("NIC statistics:\n     rx_errors: 3\n     note: {}\n", self.secret("ethtool")),
        );
        self.program("ip", &format!("{} dev eth0 lladdr {} REACHABLE\n", NAMES[5], NAMES[6]));
        self.program("iscsid", &format!("iscsid version 2.1.8 {}\n", self.secret("version")));
        self.program("iscsiadm", "iscsiadm version 2.1.8\n");
    }

    pub fn program(&self, name: &str, says: &str) {
        let path = self.programs.join(name);
        fs::create_dir_all(&self.programs).unwrap();
        let says_from = self.programs.join(format!("{name}.says"));
        fs::write(&says_from, says).unwrap();
        script(&path, &format!("cat {}", says_from.display()));
    }
}

/// Writes a program.
pub fn script(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
