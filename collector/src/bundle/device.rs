//! Names of devices as the kernel and udev give them.

/// What a name begins with, and what may follow.
const KINDS: &[(&str, Rest)] = &[
    ("sd", Rest::Letters),
    ("mpath", Rest::Letters),
    ("dm-", Rest::Numbers),
    ("sr", Rest::Numbers),
    ("st", Rest::Numbers),
    ("sg", Rest::Numbers),
    ("nvme", Rest::Numbers),
    ("md", Rest::Numbers),
    ("eth", Rest::Numbers),
    ("eno", Rest::Numbers),
    ("ens", Rest::Numbers),
    ("enp", Rest::Numbers),
    ("bond", Rest::Numbers),
    ("br", Rest::Numbers),
    ("vlan", Rest::Numbers),
    ("team", Rest::Numbers),
    ("ib", Rest::Numbers),
    ("mlx5_", Rest::Numbers),
    ("host", Rest::Numbers),
    ("session", Rest::Numbers),
    ("connection", Rest::Numbers),
    ("target", Rest::Numbers),
    ("enx", Rest::Mac),
];

#[derive(Clone, Copy)]
enum Rest {
    /// `sdab1`
    Letters,
    /// `enp3s0f1np1`, `nvme0n1p2`, `eth0.100`, `target3:0:0`
    Numbers,
    /// `enx525400abcdef`
    Mac,
}

/// A device's name: `sda1`, `dm-3`, `eth0`, `enp3s0f1`, `bond0.100`, `H:C:T:L`, a PCI address, `lo`.
pub(super) fn is_device(word: &str) -> bool {
    let is_address = word.contains(':')
        && word.split([':', '.']).all(|part| {
            !part.is_empty() && part.len() <= 4 && part.bytes().all(|b| b.is_ascii_hexdigit())
        });
    is_address
        || word == "lo"
        || KINDS.iter().any(|(kind, rest)| word.strip_prefix(kind).is_some_and(|w| rest.fits(w)))
}

impl Rest {
    fn fits(self, rest: &str) -> bool {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        match self {
            Self::Letters => {
                let number = rest.trim_start_matches(|letter: char| letter.is_ascii_lowercase());
                let letters = rest.len() - number.len();
                (1..=4).contains(&letters) && number.len() <= 3 && digits(number)
            }
            Self::Numbers => rest.split([':', '.']).all(Self::is_place),
            Self::Mac => rest.len() == 12 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()),
        }
    }

    /// `3s0f1np1`: numbers of at most four digits, with what udev and nvme put between them.
    fn is_place(text: &str) -> bool {
        const BETWEEN: [&str; 7] = ["n", "s", "f", "d", "p", "np", "v"];
        let mut parts = 0;
        let mut rest = text;
        loop {
            let next = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
            let digits = rest.len() - next.len();
            parts += 1;
            if !(1..=4).contains(&digits) || parts > 4 {
                return false;
            }
            let number = next.trim_start_matches(|letter: char| letter.is_ascii_lowercase());
            let between = next.get(..next.len() - number.len()).unwrap_or_default();
            if between.is_empty() {
                return next.is_empty();
            }
            if !BETWEEN.contains(&between) {
                return false;
            }
            rest = number;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_known_by_the_names_the_kernel_gives() {
        for name in [
            "sda",
            "sdab12",
            "dm-3",
            "nvme0n1p2",
            "eth0",
            "eth0.100",
            "enp3s0f1np1",
            "eno1",
            "lo",
            "mpatha",
            "3:0:0:1",
            "0000:00:1f.6",
            "session7",
            "connection7:0",
            "target3:0:0",
            "enx525400abcdef",
            "mlx5_0",
            "bond0",
        ] {
            assert!(is_device(name), "{name}");
        }
    }

    #[test]
    fn people_and_passwords_are_no_devices() {
        for name in [
            "brian",
            "steve",
            "md5a8f3c2e19",
            "sd12345abcd6",
            "ibsen",
            "lola",
            "host",
            "enxcanary",
            "eth",
        ] {
            assert!(!is_device(name), "{name}");
        }
    }
}
