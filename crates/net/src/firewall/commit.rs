//! Transactions: requests that the kernel performs all, or none of them.

use super::family::SUBSYSTEM;
use crate::netlink::{Netlink, Request, RequestFailed};
use crate::wire::Message;

/// `NFNL_MSG_BATCH_BEGIN` and `NFNL_MSG_BATCH_END`, for nftables. See `linux/netfilter/nfnetlink.h`.
fn mark(kind: i32) -> Message {
    let subsystem = SUBSYSTEM.to_be_bytes();
    let kind = u16::try_from(kind).expect("NLMSG_MIN_TYPE is 16");
    // `struct nfgenmsg`, whose resource id is the subsystem.
    Message::new(kind, 0, &[0, 0, subsystem[0], subsystem[1]])
}

impl Netlink {
    /// Performs requests to nftables in one transaction, which whoever looks sees as a whole or not at all. The socket is one of
    /// [`Protocol::Netfilter`](crate::Protocol::Netfilter).
    ///
    /// # Errors
    /// [`Error::Refused`](crate::Error::Refused) with the position of the first request that was refused; nothing is changed then. All of them together
    /// have at most 200 KiB, or the error is [`Error::Send`](crate::Error::Send) with `EMSGSIZE`.
    #[doc(alias = "NFNL_MSG_BATCH_BEGIN")]
    pub fn commit(&mut self, requests: &[&dyn Request]) -> Result<(), RequestFailed> {
        if requests.is_empty() {
            return Ok(());
        }
        let messages: Vec<_> = requests.iter().map(|request| request.encode().0).collect();
        self.transact(&mark(libc::NFNL_MSG_BATCH_BEGIN), &messages, &mark(libc::NFNL_MSG_BATCH_END)).map_err(
            |(index, fault)| {
                // What is refused as a whole is told of its beginning.
                let index = index.saturating_sub(1).min(requests.len() - 1);
                RequestFailed { index, source: fault.of(requests[index]) }
            },
        )
    }
}
