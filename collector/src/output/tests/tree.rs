use super::{SECRETS, refused_read, secret_login};
use crate::model::tests::build::*;
use crate::output::{Secrets, Tree};

fn tree(converse: impl Fn(&mut Talk)) -> String {
    let mut talk = Talk::printing(Tree::default());
    talk.printed();
    converse(&mut talk);
    talk.printed()
}

#[test]
fn every_field_stands_under_its_line_with_what_its_code_means() {
    assert_eq!(
        tree(refused_read).lines().collect::<Vec<_>>(),
        [
            "      1 00:00:00.000000 #1 → SCSI Command    itt=0x2a lun=1 READ(10) lba=4660 blocks=8 edtl=4096 cmd_sn=0",
            "    src                               10.0.0.1:40000",
            "    dst                               10.0.0.2:3260",
            "    opcode                            0x1",
            "    immediate                         no",
            "    final                             yes",
            "    read                              yes",
            "    write                             no",
            "    attribute                         1",
            "    total_ahs_length                  0",
            "    data_segment_length               0",
            "    lun                               1",
            "    initiator_task_tag                0x2a",
            "    expected_data_transfer_length     4096",
            "    cmd_sn                            0",
            "    exp_stat_sn                       0",
            "    header_digest                     none",
            "    data_digest                       none",
            "    cdb                               28000000123400000800000000000000",
            "    scsi",
            "      name                            READ(10)",
            "      rdprotect                       0",
            "      dpo                             0",
            "      fua                             0",
            "      rarc                            0",
            "      fua_nv                          0",
            "      lba                             4660",
            "      group_number                    0",
            "      blocks                          8",
            "      control                         0",
            "      2 00:00:00.002000 #1 ← SCSI Response   itt=0x2a lun=1 CHECK CONDITION: MEDIUM ERROR, UNRECOVERED READ ERROR (11/00) underflow=4096 stat_sn=1000 len=20 2.0 ms",
            "    src                               10.0.0.2:3260",
            "    dst                               10.0.0.1:40000",
            "    opcode                            0x21",
            "    final                             yes",
            "    overflow                          no",
            "    underflow                         yes",
            "    bidirectional_read_overflow       no",
            "    bidirectional_read_underflow      no",
            "    total_ahs_length                  0",
            "    data_segment_length               20",
            "    lun                               1",
            "    initiator_task_tag                0x2a",
            "    snack_tag                         0x0",
            "    stat_sn                           1000",
            "    exp_cmd_sn                        1",
            "    max_cmd_sn                        32",
            "    exp_data_sn                       0",
            "    response                          0  The command was carried out by the target; the status byte says how it went.",
            "    status                            2  The command failed or has something to tell; the sense data says what.",
            "    residual_count                    4096",
            "    bidirectional_read_residual_count 0",
            "    header_digest                     none",
            "    data_digest                       none",
            "    sense",
            "      key                             0x3  The data could not be read or written because of the medium.",
            "      asc/ascq                        11/00  The block could not be read, and all internal retries and redundancy failed.",
            "      information                     4660",
            "    request_frame                     1",
            "    response_time_us                  2000 µs",
        ]
    );
}

#[test]
fn additional_headers_are_taken_apart() {
    let found = tree(|talk| {
        let ahs = [0, 5, 2, 0, 0, 0, 4, 0, 0, 5, 1, 0, 1, 2, 3, 4, 0, 2, 9, 0xaa, 0xbb, 0, 0, 0];
        talk.send(command(2, 0xe1, 512, &[0x53]).ahs(&ahs));
    });
    let ahs = "    ahs\n      bidirectional_read_length       1024\n      extended_cdb                    01020304\n      \
               type 9                          aabb\n";
    assert!(found.contains(ahs), "{found}");
}

#[test]
fn secrets_are_hidden_unless_asked_for_and_control_characters_escaped() {
    let hidden = tree(secret_login);
    assert!(SECRETS.iter().all(|secret| !hidden.contains(secret)), "{hidden}");
    // Once in the line, once in the tree.
    assert_eq!(hidden.matches("=<hidden>").count(), 6, "{hidden}");
    assert!(!hidden.contains('\x1b'), "{hidden}");
    let mut talk = Talk::printing(Tree::new(Secrets::Shown, false));
    secret_login(&mut talk);
    let shown = talk.printed();
    assert!(SECRETS.iter().all(|secret| shown.contains(secret)), "{shown}");
}
