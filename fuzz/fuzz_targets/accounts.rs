//! `/etc/passwd` and `/etc/group`: who is found has the name or the id that was asked for.
#![no_main]
use insula_ns::accounts::Accounts;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&[u8], &[u8], &str, u32)| {
    let (passwd, group, name, id) = input;
    let accounts = Accounts::parse(passwd, group);
    assert!(accounts.user(name).is_none_or(|user| user.name == name));
    assert!(accounts.user_by_id(id).is_none_or(|user| user.uid == id));
    assert!(accounts.group(name).is_none_or(|group| group.name == name));
    assert!(accounts.group_by_id(id).is_none_or(|group| group.gid == id));
    let _ = (accounts.uid_of(name), accounts.gid_of(name), accounts.groups_of(name));
});
