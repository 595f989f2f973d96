//! Tun and tap interfaces.

use insula_net::Link;
use insula_net::kind::Tun;
use insula_ns::accounts::Accounts;

use super::super::super::page::Page;
use super::on_off;

pub(super) fn show(page: &mut Page, link: &Link) {
    let Some(tun) = link.data::<Tun>() else { return };
    match tun.mode {
        Some(1) => page.field("type", "tun", "type tun "),
        Some(2) => page.field("type", "tap", "type tap "),
        Some(mode) => {
            let mode = mode.to_string();
            page.field("type", &mode, format_args!("type {mode} "));
        }
        None => {}
    }
    on_off(page, "pi", "pi", tun.packet_information);
    on_off(page, "vnet_hdr", "vnet_hdr", tun.virtio_header);
    if let Some(several) = tun.multi_queue {
        page.field("multi_queue", several, if several { "multi_queue " } else { "" });
        if several {
            super::number(page, "numqueues", tun.queues);
            super::named(page, "numdisabled", "numdisabled", tun.disabled_queues);
        }
    }
    on_off(page, "persist", "persist", tun.persistent);
    if tun.owner.is_none() && tun.group.is_none() {
        return;
    }
    let accounts = Accounts::of_this_machine().unwrap_or_default();
    if let Some(owner) = tun.owner {
        let name = accounts.user_by_id(owner).map_or_else(|| owner.to_string(), |user| user.name.clone());
        page.field("user", &name, format_args!("user {name} "));
    }
    if let Some(group) = tun.group {
        let name = accounts.group_by_id(group).map_or_else(|| group.to_string(), |group| group.name.clone());
        page.field("group", &name, format_args!("group {name} "));
    }
}
