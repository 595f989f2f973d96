//! What a request did, as those who listen would hear of it: `NLM_F_ECHO` in `netlink(7)`.

use super::event::Event;
use crate::netlink::{Error, Fault, Netlink, Refusal, Request};

impl Netlink {
    /// Performs one request, and tells what came of it. Of some things the kernel tells nothing.
    ///
    /// # Errors
    /// As [`Netlink::perform`]; [`Error::Malformed`].
    #[doc(alias = "NLM_F_ECHO")]
    pub fn perform_with_echo(&mut self, request: &dyn Request) -> Result<Vec<Event>, Error> {
        let sequence = self.next_sequence();
        let mut bytes = Vec::new();
        request.encode().0.write(sequence, libc::NLM_F_ACK | libc::NLM_F_ECHO, &mut bytes);
        self.send(&bytes).map_err(|errno| Fault::Send(errno).of(request))?;
        let (mut events, mut done) = (Vec::new(), None);
        while done.is_none() {
            self.receive(&mut |message| {
                if message.sequence != sequence || done.is_some() {
                    return Ok(());
                }
                match Refusal::read(message)? {
                    Some(result) => done = Some(result),
                    None => events.extend(Event::read(message, None)?),
                }
                Ok(())
            })
            .map_err(|fault| fault.of(request))?;
        }
        let result = done.expect("the loop ended");
        result.map(|()| events).map_err(|refusal| Fault::Refused(refusal).of(request))
    }
}
