use super::{Comparison, Why, compare};

/// A PDU's line.
fn pdu(time: f64, direction: &str, itt: u32) -> String {
    let (src, dst) = match direction {
        "i2t" => ("10.0.0.1:40000", "10.0.0.2:3260"),
        _ => ("10.0.0.2:3260", "10.0.0.1:40000"),
    };
    format!(
        r#"{{"time":"{time:.9}","frame":7,"connection":1,"direction":"{direction}","src":"{src}","dst":"{dst}","pdu":"nop","initiator_task_tag":{itt}}}"#
    )
}

fn closed(time: f64) -> String {
    format!(r#"{{"time":"{time:.9}","connection":1,"event":"connection-error","code":1020}}"#)
}

fn of(wire: &[String], probes: &[String]) -> Comparison {
    compare(&wire.join("\n"), &probes.join("\n"), 0).unwrap()
}

#[test]
fn equal_sequences_have_nothing_unexplained() {
    let lines = [pdu(1.0, "i2t", 1), pdu(1.1, "t2i", 1)];
    let result = of(&lines, &lines);
    assert_eq!((result.equal, result.unexplained.len(), result.explained.len()), (2, 0, 0));
}

#[test]
fn a_pdu_the_probes_missed_is_unexplained() {
    let result = of(&[pdu(1.0, "i2t", 1), pdu(2.0, "i2t", 2)], &[pdu(1.0, "i2t", 1)]);
    assert_eq!(result.unexplained.len(), 1, "{result}");
}

#[test]
fn a_pdu_the_probes_invented_is_unexplained() {
    let result = of(&[pdu(1.0, "t2i", 1)], &[pdu(1.0, "t2i", 1), pdu(2.0, "t2i", 2)]);
    assert_eq!(result.unexplained.len(), 1, "{result}");
}

#[test]
fn a_field_that_differs_is_named() {
    let result = of(&[pdu(1.0, "i2t", 1)], &[pdu(1.0, "i2t", 2)]);
    assert!(result.unexplained[0].contains("initiator_task_tag 1 / 2"), "{result}");
}

#[test]
fn swapped_pdus_are_unexplained() {
    let (one, two) = (pdu(1.0, "i2t", 1), pdu(2.0, "i2t", 2));
    assert!(!of(&[one.clone(), two.clone()], &[two, one]).unexplained.is_empty());
}

#[test]
fn what_a_failed_socket_kept_is_explained_only_after_a_failure() {
    let wire = [pdu(1.0, "i2t", 1)];
    let mut probes = vec![pdu(1.0, "i2t", 1), pdu(2.0, "i2t", 2)];
    assert_eq!(of(&wire, &probes).unexplained.len(), 1);
    probes.push(closed(3.0));
    assert_eq!(of(&wire, &probes).explained[&Why::NeverLeft], 1);
}

#[test]
fn one_header_with_a_bad_digest_is_explained_by_the_error_it_caused() {
    let wire = [pdu(1.0, "t2i", 1)];
    let mut probes = vec![pdu(1.0, "t2i", 1), pdu(2.0, "t2i", 2), closed(3.0)];
    assert_eq!(of(&wire, &probes).unexplained.len(), 1);
    probes.push(closed(3.0).replace("1020", "1014"));
    assert_eq!(of(&wire, &probes).explained[&Why::BadDigest], 1);
    probes.insert(2, pdu(2.5, "t2i", 3));
    assert_eq!(of(&wire, &probes).unexplained.len(), 2);
}

fn loss(kind: &str, cause: &str, events: u32, during_us: u32) -> String {
    format!(
        r#"{{"time":"1.500000000","event":"loss","kind":"{kind}","cause":"{cause}","events":{events},"during_us":{during_us}}}"#
    )
}

/// A PDU with a logical unit, which a response has from its command.
fn of_unit(time: f64, opcode: u8, itt: u32) -> String {
    let direction = if opcode < 0x20 { "i2t" } else { "t2i" };
    let fields = format!(r#","opcode":{opcode},"lun":0,"initiator"#);
    pdu(time, direction, itt).replace(r#","initiator"#, &fields)
}

fn without_unit(line: &str) -> String {
    line.replace(r#""lun":0,"#, "")
}

#[test]
fn only_answers_to_a_lost_command_tell_less() {
    let (command, response) = (of_unit(1.0, 0x01, 1), of_unit(1.1, 0x21, 1));
    let other = of_unit(1.3, 0x21, 2);
    let wire = [command.clone(), of_unit(1.2, 0x01, 2), response.clone(), other.clone()];
    let lost = loss("pdu-sent", "probe-skipped", 1, 0);
    let seen = |response: String, other: String| [wire[1].clone(), response, other, lost.clone()];
    let result = of(&wire, &seen(without_unit(&response), other.clone()));
    assert_eq!((result.equal, result.unexplained.len()), (3, 0), "{result}");
    let result = of(&wire, &seen(response.clone(), without_unit(&other)));
    assert_eq!(result.unexplained.len(), 1, "{result}");
}

#[test]
fn a_tag_that_is_used_again_is_of_another_task() {
    let again = of_unit(2.0, 0x01, 1).replace(r#""lun""#, r#""cmd_sn":2,"lun""#);
    let wire = [of_unit(1.0, 0x01, 1), again, of_unit(2.1, 0x21, 1)];
    let lost = loss("pdu-sent", "probe-skipped", 1, 0);
    let result = of(&wire, &[wire[1].clone(), without_unit(&wire[2]), lost]);
    assert_eq!(result.unexplained.len(), 1, "{result}");
}

#[test]
fn as_many_data_segments_may_be_missing_as_were_counted() {
    let wire = [1, 2].map(|itt| {
        let with = r#","data_segment_length":9,"keys":[["A","B"]],"pdu""#;
        pdu(f64::from(itt), "t2i", itt).replace(r#","pdu""#, with)
    });
    let mut probes: Vec<_> =
        wire.iter().map(|line| line.replace(r#""keys":[["A","B"]],"#, "")).collect();
    probes.push(loss("pdu-data", "buffer-full", 1, 0));
    assert_eq!(of(&wire, &probes).unexplained.len(), 1);
    probes.push(loss("pdu-data", "buffer-full", 1, 0));
    let result = of(&wire, &probes);
    assert_eq!((result.equal, result.unexplained.len()), (2, 0), "{result}");
}

#[test]
fn as_many_may_be_missing_as_were_counted_of_that_direction() {
    let wire = [1, 2, 3, 4].map(|itt| pdu(f64::from(itt), "t2i", itt));
    let mut probes = vec![wire[0].clone(), wire[3].clone()];
    assert_eq!(of(&wire, &probes).unexplained.len(), 1);
    probes.push(loss("pdu-received", "probe-skipped", 1, 0));
    assert_eq!(of(&wire, &probes).unexplained.len(), 1);
    probes.push(loss("pdu-sent", "probe-skipped", 9, 0));
    assert_eq!(of(&wire, &probes).unexplained.len(), 1);
    probes.push(loss("pdu-received", "probe-skipped", 1, 0));
    let result = of(&wire, &probes);
    assert_eq!(
        (result.equal, result.explained[&Why::Counted], result.unexplained.len()),
        (2, 2, 0)
    );
}

#[test]
fn while_probes_were_off_anything_may_be_missing_and_nothing_later() {
    let wire = [1.0, 1.6, 1.9, 3.0].map(|time| pdu(time, "i2t", 7));
    let probes = [wire[0].clone(), loss("pdu-sent", "probes-off", 0, 500_000)];
    let result = of(&wire, &probes);
    assert_eq!((result.explained[&Why::ProbesOff], result.unexplained.len()), (2, 1), "{result}");
}

#[test]
fn while_probes_were_off_a_pdu_may_tell_less_but_nothing_else() {
    let wire = [pdu(1.6, "t2i", 1).replace(r#""pdu""#, r#""keys":[["A","B"]],"pdu""#)];
    let off = loss("pdu-received", "probes-off", 0, 500_000);
    assert_eq!(of(&wire, &[pdu(1.6, "t2i", 1)]).unexplained.len(), 1);
    assert_eq!(of(&wire, &[pdu(1.6, "t2i", 1), off.clone()]).equal, 1);
    assert_eq!(of(&wire, &[pdu(1.6, "t2i", 2), off]).unexplained.len(), 1);
}

#[test]
fn what_arrives_before_the_failure_must_be_seen() {
    let wire = [pdu(1.0, "t2i", 1), pdu(2.0, "t2i", 2), pdu(4.0, "t2i", 3)];
    let result = of(&wire, &[pdu(1.0, "t2i", 1), closed(3.0)]);
    assert_eq!((result.unexplained.len(), result.explained[&Why::TooLate]), (1, 1));
}

#[test]
fn what_the_scenario_says_is_not_the_kernels_may_be_missing_and_no_more() {
    let wire = [pdu(1.0, "i2t", 1), pdu(2.0, "t2i", 1), pdu(3.0, "t2i", 2)];
    let result = compare(&wire.join("\n"), "", 1).unwrap();
    assert_eq!((result.unexplained.len(), result.explained[&Why::Strange]), (1, 2), "{result}");
}
