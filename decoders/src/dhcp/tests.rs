use std::net::Ipv4Addr;

use super::{IsnsOptionError, Message, NotDhcp, OptionCut};

/// A message with these options fields: options, file, sname.
fn message(options: &[u8], file: &[u8], sname: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 236];
    bytes[..8].copy_from_slice(&[2, 1, 6, 0, 0xde, 0xad, 0xbe, 0xef]);
    bytes[16..20].copy_from_slice(&[10, 0, 0, 5]);
    bytes[44..44 + sname.len()].copy_from_slice(sname);
    bytes[108..108 + file.len()].copy_from_slice(file);
    bytes.extend([99, 130, 83, 99]);
    bytes.extend(options);
    bytes
}

/// Option 83's bytes with these administrative flags and addresses; every other bitmap in use.
fn isns(administrative: u16, addresses: &[[u8; 4]]) -> Vec<u8> {
    let mut bytes = vec![0x00, 0x07, 0x00, 0x3f];
    bytes.extend(administrative.to_be_bytes());
    bytes.extend(0x7f_u32.to_be_bytes());
    bytes.extend(addresses.as_flattened());
    bytes
}

fn option(code: u8, bytes: &[u8]) -> Vec<u8> {
    [&[code, u8::try_from(bytes.len()).unwrap()], bytes].concat()
}

const SERVERS: [[u8; 4]; 3] = [[10, 0, 0, 9], [10, 0, 0, 10], [10, 0, 0, 11]];

#[test]
fn the_first_address_is_the_primary_server() {
    let options = [option(53, &[5]), option(83, &isns(0xd, &SERVERS)), vec![255]].concat();
    let bytes = message(&options, &[], &[]);
    let message = Message::parse(&bytes).unwrap();
    assert_eq!(message.xid, 0xdead_beef);
    assert_eq!(message.yiaddr, Ipv4Addr::new(10, 0, 0, 5));
    assert_eq!(message.message_type(), Some("Ack"));
    assert!(!message.requests_isns());
    assert_eq!(
        message.isns().unwrap().unwrap().to_string(),
        "iSNS server 10.0.0.9, secondary 10.0.0.10, secondary 10.0.0.11; functions: Enabled, DD-Based \
         Authorization, Security Policy Distribution; DD access: Enabled, Control Node, iSCSI Target, \
         iSCSI Initiator, iFCP Target Port, iFCP Initiator Port; administration: Enabled, Management \
         SCNs, Default Discovery Domain; security: Bitmap Valid, IKE/IPsec, Main Mode, Aggressive Mode, \
         Perfect Forward Secrecy, Transport Mode Preferred, Tunnel Mode Preferred"
    );
}

#[test]
fn the_heartbeat_flag_puts_its_address_before_the_servers() {
    let bytes = message(&option(83, &isns(0x3, &SERVERS)), &[], &[]);
    let option = Message::parse(&bytes).unwrap().isns().unwrap().unwrap();
    assert_eq!(option.heartbeat, Some(Ipv4Addr::new(10, 0, 0, 9)));
    assert_eq!(option.primary, Some(Ipv4Addr::new(10, 0, 0, 10)));
    assert_eq!(option.secondary, [Ipv4Addr::new(10, 0, 0, 11)]);
}

#[test]
fn flags_that_are_not_enabled_do_not_count() {
    let bytes = message(&option(83, &isns(0x2, &SERVERS[..1])), &[], &[]);
    let option = Message::parse(&bytes).unwrap().isns().unwrap().unwrap();
    assert_eq!((option.heartbeat, option.primary), (None, Some(Ipv4Addr::new(10, 0, 0, 9))));
    let line = option.to_string();
    assert!(line.contains("administration: Heartbeat (not enabled, to be ignored)"), "{line}");
}

#[test]
fn reserved_bits_are_shown() {
    let mut content = isns(0x1, &SERVERS[..1]);
    content[0] = 0x80;
    let bytes = message(&option(83, &content), &[], &[]);
    let functions = Message::parse(&bytes).unwrap().isns().unwrap().unwrap().functions;
    assert_eq!(functions.reserved(), 0x8000);
    assert!(functions.to_string().ends_with("reserved 0x8000"), "{functions}");
}

#[test]
fn a_split_option_is_joined_also_over_the_overloaded_fields() {
    let content = isns(0xd, &SERVERS);
    let (first, rest) = content.split_at(9);
    let (second, third) = rest.split_at(6);
    let options = [option(83, first), option(52, &[3]), vec![255]].concat();
    let file = [vec![0, 0], option(83, second), vec![255]].concat();
    let sname = option(83, third);
    let bytes = message(&options, &file, &sname);
    let message = Message::parse(&bytes).unwrap();
    let codes: Vec<_> = message.options().map(|option| option.unwrap().0).collect();
    assert_eq!(codes, [83, 52, 83, 83]);
    assert_eq!(message.isns().unwrap().unwrap().primary, Some(Ipv4Addr::new(10, 0, 0, 9)));
}

#[test]
fn fields_hold_options_only_when_overloaded_and_cannot_overload_themselves() {
    let isns = option(83, &isns(0x1, &SERVERS[..1]));
    let in_file = |overload: &[u8]| {
        let bytes = message(&[overload, &[255]].concat(), &isns, &option(52, &[3]));
        Message::parse(&bytes).unwrap().isns().is_some()
    };
    assert!(!in_file(&[]));
    assert!(!in_file(&option(52, &[2])));
    assert!(in_file(&option(52, &[1])));
    assert!(in_file(&option(52, &[3])), "and ends, though sname holds an overload option again");
}

#[test]
fn a_client_may_ask_for_the_option() {
    let options = [option(53, &[1]), option(55, &[1, 3, 83]), vec![255]].concat();
    let bytes = message(&options, &[], &[]);
    let message = Message::parse(&bytes).unwrap();
    assert_eq!((message.message_type(), message.requests_isns()), (Some("Discover"), true));
    assert_eq!(message.isns(), None);
}

#[test]
fn a_datagram_cut_anywhere_gives_the_option_or_says_where_it_was_cut() {
    let options = [option(53, &[5]), option(83, &isns(0x1, &SERVERS)), vec![255]].concat();
    let whole = message(&options, &[], &[]);
    for length in 0..whole.len() {
        let cut = &whole[..length];
        let Ok(message) = Message::parse(cut) else {
            assert!(length < 240, "refused with all of the fixed part there");
            assert_eq!(Message::parse(cut), Err(NotDhcp::Short(length)));
            continue;
        };
        let damage = message.options().find_map(Result::err);
        match length - 240 {
            0 | 3 | 27.. => assert_eq!(damage, None, "{length}"),
            1 | 2 => assert_eq!(damage, Some(OptionCut { code: 53 }), "{length}"),
            _ => assert_eq!(damage, Some(OptionCut { code: 83 }), "{length}"),
        }
        assert_eq!(message.isns().is_some(), length >= 240 + 27, "{length}");
    }
}

#[test]
fn an_option_of_a_wrong_length_is_an_error() {
    for length in (0..14).chain([15, 17, 23]) {
        let bytes = message(&option(83, &vec![0; length]), &[], &[]);
        let option = Message::parse(&bytes).unwrap().isns();
        assert_eq!(option, Some(Err(IsnsOptionError { length })));
    }
}

#[test]
fn bootp_without_the_cookie_is_not_dhcp() {
    assert_eq!(Message::parse(&[0; 300]), Err(NotDhcp::NoCookie));
}
