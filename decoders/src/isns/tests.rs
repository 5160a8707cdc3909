use proptest::prelude::*;

use super::{
    Assembler, AssemblyError, AttributeError, Flags, Function, Message, ParseError, Pdu, Role,
    Status, Tag, Value, ValueError, parse,
};

const FROM_CLIENT: u16 = Flags::CLIENT | Flags::FIRST | Flags::LAST;
const FROM_SERVER: u16 = Flags::SERVER | Flags::FIRST | Flags::LAST;

fn pdu(function: Function, flags: u16, sequence_id: u16, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap();
    let words = [1, function.0, length, flags, 7, sequence_id];
    [words.map(u16::to_be_bytes).as_flattened(), payload].concat()
}

fn attribute(tag: Tag, value: &[u8]) -> Vec<u8> {
    let length = u32::try_from(value.len()).unwrap();
    [&tag.0.to_be_bytes(), &length.to_be_bytes(), value].concat()
}

fn text(tag: Tag, text: &str) -> Vec<u8> {
    let mut padded = text.as_bytes().to_vec();
    padded.resize((text.len() + 1).next_multiple_of(4), 0);
    attribute(tag, &padded)
}

fn number(tag: Tag, number: u32) -> Vec<u8> {
    attribute(tag, &number.to_be_bytes())
}

fn delimiter() -> Vec<u8> {
    attribute(Tag::DELIMITER, &[])
}

const PORTAL: [u8; 16] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 168, 1, 5];

fn response(function: Function) -> Function {
    Function(function.0 | 0x8000)
}

/// The whole message in `bytes`.
fn message(bytes: &[u8]) -> Message<'_> {
    let (pdu, rest) = parse(bytes).unwrap();
    assert!(rest.is_empty() && pdu.is_whole_message());
    pdu.message()
}

fn registration() -> Vec<u8> {
    let payload = [
        text(Tag::ISCSI_NAME, "iqn.2001-04.com.example:storage"),
        text(Tag::ENTITY_IDENTIFIER, "storage.example.com"),
        delimiter(),
        text(Tag::ENTITY_IDENTIFIER, "storage.example.com"),
        number(Tag::ENTITY_PROTOCOL, 2),
        number(Tag::REGISTRATION_PERIOD, 900),
        attribute(Tag::PORTAL_IP_ADDRESS, &PORTAL),
        number(Tag::PORTAL_PORT, 3260),
        number(Tag::SCN_PORT, 0x0001_c350),
        number(Tag::ESI_PORT, 50_001),
        text(Tag::ISCSI_NAME, "iqn.2001-04.com.example:storage"),
        number(Tag::ISCSI_NODE_TYPE, 1),
        number(Tag::PG_TAG, 1),
    ];
    pdu(Function::DEV_ATTR_REG, FROM_CLIENT | Flags::REPLACE, 0, &payload.concat())
}

#[test]
fn a_registration_reads_as_one_line() {
    assert_eq!(
        message(&registration()).to_string(),
        "DevAttrReg transaction 7 replace; source iSCSI Name=iqn.2001-04.com.example:storage; key Entity \
         Identifier=storage.example.com; Entity Identifier=storage.example.com; Entity Protocol=iSCSI; \
         Registration Period=900 s; Portal IP Address=192.168.1.5; Portal TCP/UDP Port=3260/tcp; SCN \
         Port=50000/udp; ESI Port=50001/tcp; iSCSI Name=iqn.2001-04.com.example:storage; iSCSI Node \
         Type=Target; PG Tag=1"
    );
}

#[test]
fn a_query_names_what_it_asks_for_and_its_response_has_no_source() {
    let query = [
        text(Tag::ISCSI_NAME, "iqn.a"),
        number(Tag::ISCSI_NODE_TYPE, 1),
        delimiter(),
        attribute(Tag::ISCSI_NAME, &[]),
        attribute(Tag::PORTAL_IP_ADDRESS, &[]),
    ];
    assert_eq!(
        message(&pdu(Function::DEV_ATTR_QRY, FROM_CLIENT, 0, &query.concat())).to_string(),
        "DevAttrQry transaction 7; source iSCSI Name=iqn.a; key iSCSI Node Type=Target; iSCSI Name; \
         Portal IP Address"
    );
    let answer =
        [vec![0; 4], number(Tag::ISCSI_NODE_TYPE, 3), delimiter(), text(Tag::ISCSI_NAME, "iqn.b")];
    let bytes = pdu(response(Function::DEV_ATTR_QRY), FROM_SERVER, 0, &answer.concat());
    assert_eq!(message(&bytes).status(), Some(Status::SUCCESSFUL));
    assert_eq!(
        message(&bytes).to_string(),
        "DevAttrQryRsp transaction 7: Successful; key iSCSI Node Type=Target, Initiator; iSCSI Name=iqn.b"
    );
}

#[test]
fn a_refusal_names_its_reason() {
    let refused = |status: u32| {
        let bytes = pdu(response(Function::SCN_REG), FROM_SERVER, 0, &status.to_be_bytes());
        message(&bytes).to_string()
    };
    assert_eq!(refused(6), "SCNRegRsp transaction 7: Source Unknown (6)");
    assert_eq!(refused(23), "SCNRegRsp transaction 7: Registration Feature Not Supported (23)");
    assert_eq!(refused(24), "SCNRegRsp transaction 7: status 24");
}

#[test]
fn notifications_and_inquiries_have_neither_keys_nor_operating_attributes() {
    let scn = [
        text(Tag::ISCSI_NAME, "iqn.listener"),
        attribute(Tag::TIMESTAMP, &1_700_000_000_u64.to_be_bytes()),
        number(Tag::ISCSI_SCN_BITMAP, 0x68),
        text(Tag::ISCSI_NAME, "iqn.new"),
        number(Tag::DD_ID, 4),
    ];
    let bytes = pdu(Function::SCN, FROM_SERVER, 0, &scn.concat());
    let roles: Vec<_> = message(&bytes).attributes().map(|found| found.unwrap().role).collect();
    assert_eq!(roles[0], Role::Destination);
    assert_eq!(roles[1..], [Role::Content; 4]);
    assert_eq!(
        message(&bytes).to_string(),
        "SCN transaction 7; for iSCSI Name=iqn.listener; Timestamp=1700000000 s after 1970; iSCSI SCN \
         Bitmap=Object Added, Management Registration/SCN, Target and Self Information Only; iSCSI \
         Name=iqn.new; DD_ID=4"
    );
    let esi =
        [vec![0; 4], attribute(Tag::TIMESTAMP, &[0; 8]), text(Tag::ENTITY_IDENTIFIER, "isns:1")];
    assert_eq!(
        message(&pdu(response(Function::ESI), FROM_CLIENT, 0, &esi.concat())).to_string(),
        "ESIRsp transaction 7: Successful; Timestamp=0 s after 1970; Entity Identifier=isns:1"
    );
}

#[test]
fn every_kind_of_value_is_typed() {
    let read = |tag: Tag, bytes: &[u8]| {
        let attribute = attribute(tag, bytes);
        let bytes = pdu(Function::DEV_ATTR_REG, FROM_CLIENT, 0, &attribute);
        let found = message(&bytes).attributes().next().unwrap().unwrap();
        found.value().map(|value| value.to_string()).map_err(|error| error.to_string())
    };
    let ipv6 = [&[0xfe, 0x80][..], &[0; 13], &[1]].concat();
    for (tag, bytes, printed) in [
        (Tag::PORTAL_IP_ADDRESS, &PORTAL[..], "192.168.1.5"),
        (Tag::PORTAL_IP_ADDRESS, &ipv6, "fe80::1"),
        (Tag::FC_PORT_NAME, &[0x50, 1, 2, 3, 4, 5, 6, 7], "50:01:02:03:04:05:06:07"),
        (Tag::PORT_ID, &[0xff, 1, 2, 3], "0x010203"),
        (Tag::FC_PORT_TYPE, &[0, 0, 0xff, 0x12], "iFCP Port"),
        (Tag::FC_PORT_TYPE, &[0, 0, 0, 9], "9"),
        (Tag::ENTITY_PROTOCOL, &[0, 0, 0, 3], "iFCP"),
        (Tag::PROTOCOL_VERSION_RANGE, &[0, 2, 0, 1], "1..2"),
        (Tag::PROTOCOL_VERSION_RANGE, &[0xff, 0xff, 0, 0], "0..any"),
        (
            Tag::PORTAL_SECURITY_BITMAP,
            &[0, 0, 0, 0x23],
            "Bitmap Valid, IKE/IPsec, Transport Mode Preferred",
        ),
        (Tag::CLASS_OF_SERVICE, &[0, 0, 0, 0xc], "Class 2, Class 3"),
        (Tag::PORT_ROLE, &[0, 0, 0, 6], "FCP Initiator, Control"),
        (Tag::DDS_STATUS, &[0, 0, 0, 1], "DDS Enabled"),
        (Tag::DD_FEATURES, &[0x80, 0, 0, 1], "Boot List Enabled, reserved 0x80000000"),
        (Tag::DD_FEATURES, &[0; 4], "none"),
        (Tag::ISCSI_ALIAS, b"\x1b[31mred\0\0", "\\u{1b}[31mred"),
        (Tag::ISCSI_ALIAS, b"no NUL at all", "no NUL at all"),
        (Tag(600), &[0xab, 0xcd], "abcd"),
    ] {
        assert_eq!(read(tag, bytes).as_deref(), Ok(printed), "{tag}");
    }
    let certificate = read(Tag::PORTAL_CERTIFICATE, &[7; 40]).unwrap();
    assert!(certificate.ends_with("07... (40 bytes)") && certificate.len() < 90, "{certificate}");
    assert_eq!(
        read(Tag::PORTAL_PORT, &[0; 3]),
        Err("Portal TCP/UDP Port is 3 bytes long instead of 4".to_owned())
    );
    assert_eq!(
        read(Tag::ISCSI_NAME, &[0xff, 0]),
        Err(ValueError::NotText { tag: Tag::ISCSI_NAME }.to_string())
    );
    assert_eq!(read(Tag::PG_TAG, &[]).as_deref(), Ok(""));
}

fn heartbeat(backups: &[[u8; 16]], vendor: &[u8]) -> Vec<u8> {
    let count = u16::try_from(backups.len()).unwrap().to_be_bytes();
    let server = |ip: &[u8; 16]| [&ip[..], &[0x0c, 0x85, 0, 0]].concat();
    let mut payload = [&PORTAL[..], &[0x0c, 0x85, 0x0c, 0x86]].concat();
    payload.extend([0, 0, 0, 30, 0, 0, 1, 0, 0, 0, count[0], count[1]]);
    payload.extend(backups.iter().flat_map(server));
    payload.extend(vendor);
    pdu(Function::HEARTBEAT, FROM_SERVER, 0, &payload)
}

#[test]
fn a_heartbeat_lists_its_servers() {
    let backup = [PORTAL, [&[0xfe, 0x80][..], &[0; 13], &[1]].concat().try_into().unwrap()];
    let bytes = heartbeat(&backup, &[1, 2, 3, 4]);
    assert_eq!(
        message(&bytes).to_string(),
        "Heartbeat transaction 7: active server 192.168.1.5 port 3205/tcp 3206/udp, every 30 s, number 256, \
         backup 192.168.1.5 port 3205/tcp, backup fe80::1 port 3205/tcp"
    );
    let found = message(&bytes).heartbeat().unwrap();
    assert_eq!(found.vendor_specific(), [1, 2, 3, 4]);
    assert_eq!(message(&bytes).attributes().count(), 0, "a heartbeat has no attributes");
}

#[test]
fn a_cut_heartbeat_gives_the_servers_that_are_there() {
    let whole = heartbeat(&[PORTAL, PORTAL], &[9]);
    for length in 0..whole.len() - 12 {
        let header = parse(&whole).unwrap().0.header;
        let cut = Message { header, payload: &whole[12..12 + length] };
        let Some(found) = cut.heartbeat() else {
            assert!(length < 32, "{length}");
            assert_eq!(
                cut.to_string(),
                format!("Heartbeat transaction 7: cut after {length} bytes")
            );
            continue;
        };
        assert_eq!(found.backup_servers, 2);
        assert_eq!(found.backups().count(), (length - 32) / 20);
        assert_eq!(found.vendor_specific(), &[] as &[u8]);
    }
}

#[test]
fn functions_have_the_names_of_the_rfc() {
    for (number, name) in [
        (0x0001, "DevAttrReg"),
        (0x8001, "DevAttrRegRsp"),
        (0x0003, "DevGetNext"),
        (0x8004, "DevDeregRsp"),
        (0x0006, "SCNDereg"),
        (0x0007, "SCNEvent"),
        (0x000a, "DDDereg"),
        (0x800c, "DDSDeregRsp"),
        (0x000e, "Heartbeat"),
        (0x8013, "GetDomIdRsp"),
        (0x800e, "function 0x800e"),
        (0x000f, "function 0x000f"),
        (0x0100, "vendor-specific function 0x0100"),
        (0x81ff, "vendor-specific function 0x81ff"),
        (0x0200, "function 0x0200"),
    ] {
        assert_eq!(Function(number).to_string(), name);
    }
}

#[test]
fn a_stream_is_cut_into_its_pdus() {
    let stream = [registration(), heartbeat(&[], &[]), registration()].concat();
    let mut rest = stream.as_slice();
    let mut functions = Vec::new();
    while !rest.is_empty() {
        let (pdu, behind) = parse(rest).unwrap();
        functions.push(pdu.header.function);
        rest = behind;
    }
    assert_eq!(functions, [Function::DEV_ATTR_REG, Function::HEARTBEAT, Function::DEV_ATTR_REG]);
}

#[test]
fn a_pdu_cut_anywhere_says_how_much_is_missing_and_gives_what_is_there() {
    let whole = registration();
    let all = message(&whole).attributes().count();
    for length in 0..whole.len() {
        let Err(ParseError::Incomplete { pdu, missing }) = parse(&whole[..length]) else {
            panic!("a PDU of {length} bytes of {} is complete", whole.len());
        };
        if length < 12 {
            assert_eq!((pdu, missing), (None, 12 - length));
            continue;
        }
        assert_eq!(missing, whole.len() - length);
        let beginning = pdu.unwrap().message();
        let (mut there, mut errors) = (0, 0);
        for attribute in beginning.attributes() {
            match attribute {
                Ok(_) => there += 1,
                Err(AttributeError::Prefix { .. } | AttributeError::Value { .. }) => errors += 1,
            }
        }
        assert!(there < all && errors <= 1, "{length}: {there} attributes, {errors} errors");
        assert_eq!(beginning.to_string().contains("cut:"), errors == 1);
    }
}

#[test]
fn an_attribute_that_claims_more_than_there_is_names_itself() {
    let mut payload = text(Tag::ISCSI_NAME, "iqn.a");
    payload.extend([0, 0, 0, 33, 0xff, 0xff, 0xff, 0xff, 1, 2]);
    let bytes = pdu(Function::DEV_DEREG, FROM_CLIENT, 0, &payload);
    let found: Vec<_> = message(&bytes).attributes().collect();
    assert_eq!(found.len(), 2);
    assert_eq!(
        found[1],
        Err(AttributeError::Value { tag: Tag::ISCSI_NODE_TYPE, length: u32::MAX, left: 2 })
    );
}

#[test]
fn a_response_without_a_status_says_so() {
    let bytes = pdu(response(Function::DD_REG), FROM_SERVER, 0, &[0, 0, 0]);
    assert_eq!(message(&bytes).status(), None);
    assert_eq!(message(&bytes).to_string(), "DDRegRsp transaction 7: cut before the status");
}

#[test]
fn other_versions_are_refused_from_two_bytes_on() {
    assert_eq!(parse(&[0, 2]), Err(ParseError::Version(2)));
    assert_eq!(parse(b"GET / HTTP/1.1"), Err(ParseError::Version(0x4745)));
}

fn signed(length: u32, spi_length: u32, variable: &[u8]) -> Vec<u8> {
    let mut bytes = pdu(Function::HEARTBEAT, FROM_SERVER | Flags::AUTHENTICATION, 0, &[0; 4]);
    bytes.extend([2_u32, length].map(u32::to_be_bytes).as_flattened());
    bytes.extend(1_700_000_000_u64.to_be_bytes());
    bytes.extend(spi_length.to_be_bytes());
    bytes.extend(variable);
    bytes
}

#[test]
fn the_authentication_block_follows_the_payload() {
    let mut bytes = signed(28, 3, b"keySIGNA");
    bytes.extend(registration());
    let (pdu, rest) = parse(&bytes).unwrap();
    let block = pdu.authentication.unwrap();
    assert_eq!((block.descriptor, block.timestamp), (2, 1_700_000_000));
    assert_eq!((block.spi, block.authenticator), (&b"key"[..], &b"SIGNA"[..]));
    assert_eq!(pdu.payload, [0; 4]);
    assert_eq!(rest, registration());
}

#[test]
fn a_cut_or_impossible_authentication_block_is_an_error() {
    let whole = signed(28, 3, b"keySIGNA");
    for length in 16..whole.len() {
        let Err(ParseError::Incomplete { pdu: Some(pdu), missing }) = parse(&whole[..length])
        else {
            panic!("{length}");
        };
        assert_eq!(pdu.payload, [0; 4]);
        let known = if length < 36 { 36 } else { whole.len() };
        assert_eq!(missing, known - length, "{length}");
    }
    for (length, spi_length) in [(19, 0), (22, 3), (28, u32::MAX), (0x0001_0000, 0), (u32::MAX, 0)]
    {
        let bytes = signed(length, spi_length, &[0; 100]);
        assert_eq!(parse(&bytes), Err(ParseError::AuthenticationLength(length)));
    }
}

/// A message cut into PDUs of `size` bytes of payload.
fn segmented(payload: &[u8], size: usize) -> Vec<Vec<u8>> {
    let last = payload.chunks(size).count() - 1;
    let segment = |(position, chunk)| {
        let first = if position == 0 { Flags::FIRST } else { 0 };
        let last = if position == last { Flags::LAST } else { 0 };
        pdu(Function::DD_REG, Flags::CLIENT | first | last, u16::try_from(position).unwrap(), chunk)
    };
    payload.chunks(size).enumerate().map(segment).collect()
}

fn cut(bytes: &[u8]) -> Pdu<'_> {
    parse(bytes).unwrap().0
}

#[test]
fn a_message_over_several_pdus_is_joined_wherever_it_is_cut() {
    let payload = registration()[12..].to_vec();
    let mut assembler = Assembler::default();
    for size in 1..=payload.len() {
        let segments = segmented(&payload, size);
        let (last, earlier) = segments.split_last().unwrap();
        for segment in earlier {
            assert_eq!(assembler.push(&cut(segment)), Ok(None));
        }
        let joined = assembler.push(&cut(last)).unwrap().unwrap();
        assert_eq!(joined.payload, payload, "in pieces of {size}");
        assert_eq!(joined.attributes().filter_map(Result::ok).count(), 12);
        assert_eq!(joined.header.sequence_id, 0);
    }
    assert_eq!(assembler.abandoned(), 0);
}

#[test]
fn a_missing_segment_is_reported_and_ends_its_message() {
    let segments = segmented(&[0; 40], 10);
    let mut assembler = Assembler::default();
    assert_eq!(assembler.push(&cut(&segments[0])), Ok(None));
    let error = assembler.push(&cut(&segments[2])).unwrap_err();
    assert_eq!(error.to_string(), "PDU 2 of DDReg transaction 7 came where 1 was due");
    let error = assembler.push(&cut(&segments[3])).unwrap_err();
    assert_eq!(error.to_string(), "PDU 3 of DDReg transaction 7 has no beginning");
}

#[test]
fn other_messages_between_the_segments_do_no_harm() {
    let segments = segmented(&[5; 40], 20);
    let whole = registration();
    let mut assembler = Assembler::default();
    assert_eq!(assembler.push(&cut(&segments[0])), Ok(None));
    assert!(assembler.push(&cut(&whole)).unwrap().is_some());
    assert_eq!(assembler.push(&cut(&segments[1])).unwrap().unwrap().payload, [5; 40]);
}

#[test]
fn unfinished_messages_are_bounded_in_number_and_length() {
    let mut assembler = Assembler::default();
    for function in 0..20 {
        let beginning = pdu(Function(function), Flags::FIRST, 0, &[0; 4]);
        assert_eq!(assembler.push(&cut(&beginning)), Ok(None));
    }
    assert_eq!(assembler.abandoned(), 12);
    let again = pdu(Function(19), Flags::FIRST, 0, &[0; 4]);
    assert_eq!(assembler.push(&cut(&again)), Ok(None));
    assert_eq!(assembler.abandoned(), 13);

    let mut assembler = Assembler::default();
    let error = (0..=u16::MAX).find_map(|sequence_id| {
        let first = if sequence_id == 0 { Flags::FIRST } else { 0 };
        let bytes = pdu(Function::DD_REG, first, sequence_id, &[0; 65_532]);
        assembler.push(&cut(&bytes)).err()
    });
    let too_long = AssemblyError::TooLong { function: Function::DD_REG, transaction_id: 7 };
    assert_eq!(error, Some(too_long));
}

/// Asks everything there is to ask.
fn read_all(message: &Message<'_>) -> usize {
    let values = message.attributes().flatten().filter_map(|attribute| attribute.value().ok());
    let text = values.filter(|value| matches!(value, Value::Text(_))).count();
    message.heartbeat().map_or(0, |heartbeat| heartbeat.vendor_specific().len())
        + message.to_string().len()
        + text
}

proptest! {
    #[test]
    fn damaged_messages_never_panic(at in 0_usize..300, byte: u8, length in 0_usize..400) {
        let mut bytes = [registration(), heartbeat(&[PORTAL], &[])].concat();
        let at = at % bytes.len();
        bytes[at] = byte;
        bytes.truncate(length);
        let mut rest = bytes.as_slice();
        let mut assembler = Assembler::default();
        while let Ok((pdu, behind)) = parse(rest) {
            prop_assert!(read_all(&pdu.message()) > 0);
            if let Ok(Some(message)) = assembler.push(&pdu) {
                prop_assert!(read_all(&message) > 0);
            }
            rest = behind;
        }
        if let Err(ParseError::Incomplete { pdu: Some(pdu), missing }) = parse(rest) {
            prop_assert!(missing > 0 && read_all(&pdu.message()) > 0);
        }
    }

    #[test]
    fn random_bytes_behind_a_header_never_panic(
        function in prop::sample::select(vec![1_u16, 8, 0xd, 0xe, 0x8001, 0x8008, 0x800e, 0x100]),
        payload in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        prop_assert!(read_all(&message(&pdu(Function(function), FROM_CLIENT, 0, &payload))) > 0);
    }
}
