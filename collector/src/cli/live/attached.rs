//! What the kernel let us attach, and what is not shown because it did not.

use std::collections::BTreeMap;

use crate::kernel::probes::Reason;
use crate::source::live::ProbeStatus;

/// Says how many probes there are, and of those that are off a line for each feature.
pub(super) fn tell(probes: &[ProbeStatus]) {
    lines(probes).iter().for_each(|line| eprintln!("iscsi-trace: {line}"));
}

fn lines(probes: &[ProbeStatus]) -> Vec<String> {
    let attached = probes.iter().filter(|status| status.off.is_none()).count();
    let mut off = BTreeMap::<_, Vec<_>>::new();
    for ProbeStatus { probe, off: reason } in probes {
        if let Some(reason) = reason.as_ref().filter(|reason| Reason::is_problem(reason)) {
            off.entry(probe.feature).or_default().push((probe, reason));
        }
    }
    let count: usize = off.values().map(Vec::len).sum();
    let total = format!("attached {attached} probes ({count} off, see iscsi-trace doctor)");
    let features = off.iter().filter_map(|(feature, probes)| {
        let (probe, reason) = probes.first()?;
        let others = match probes.len() - 1 {
            0 => String::new(),
            more => format!("; {more} more probes of this kind are off"),
        };
        Some(format!("not shown: {} ({}): {reason}{others}", probe.shows, feature.name()))
    });
    std::iter::once(total).chain(features).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::probes::PROBES;

    #[test]
    fn a_feature_with_probes_off_takes_one_line_and_modules_to_come_take_none() {
        let off = |program: &str| match program {
            "iscsi_send_nopout" => Some(Reason::Function("iscsi_send_nopout")),
            "iscsi_if_rx" => Some(Reason::Function("iscsi_if_rx")),
            "iscsi_if_rx_return" => Some(Reason::Function("iscsi_if_rx")),
            "qedi_task_xmit" => Some(Reason::Module("qedi")),
            _ => None,
        };
        let statuses: Vec<_> =
            PROBES.iter().map(|probe| ProbeStatus { probe, off: off(probe.program) }).collect();
        let attached = PROBES.len() - 4;
        assert_eq!(
            lines(&statuses),
            [
                format!("attached {attached} probes (3 off, see iscsi-trace doctor)"),
                "not shown: a ping is sent, or one of the target is answered (pings): this kernel has no function \
                 iscsi_send_nopout"
                    .to_owned(),
                "not shown: a command of iscsid (commands of iscsid): this kernel has no function iscsi_if_rx; 1 more \
                 probes of this kind are off"
                    .to_owned(),
            ]
        );
    }
}
