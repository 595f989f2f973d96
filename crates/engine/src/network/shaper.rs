//! What comes in at an interface whose other end is not ours goes through an `ifb` first, where it is limited as what goes out.

use insula_net::traffic::{DeleteQdisc, Discipline, Handle, NewQdisc, Redirect};
use insula_net::{ChangeLink, Link, LinkKind, NewLink};
use rustix::io::Errno;

use super::end::{End, unused_name};
use super::name::{Chooser, Naming};
use super::open_site::{OpenSite, mark};
use super::shape::set_root;
use super::{Mark, NetworkError, NetworkStep, Networks, Purpose};

/// The `ifb` of interface number `of`, be it complete or not.
pub(super) fn find(site: &mut OpenSite, of: u32) -> Result<Option<Link>, NetworkError> {
    let is_its = |link: &Link| mark(link).is_some_and(|mark| mark.purpose == Purpose::Shaper { of });
    Ok(site.links()?.into_iter().find(is_its))
}

impl Networks {
    /// Has all that comes in at `link` pass `discipline`.
    pub(super) fn put_shaper(
        &self,
        site: &mut OpenSite,
        link: &Link,
        discipline: Discipline,
    ) -> Result<(), NetworkError> {
        match find(site, link.index)? {
            Some(shaper) if mark(&shaper) == Some(Mark::of(Purpose::Shaper { of: link.index })) => {
                return set_root(site, shaper.index, Some(discipline));
            }
            // It was not finished.
            Some(_) => self.take_shaper(site, link.index)?,
            None => {}
        }
        let made = self.make_shaper(site, link, discipline);
        if made.is_err() {
            let _ = self.take_shaper(site, link.index);
        }
        made
    }

    fn make_shaper(
        &self,
        site: &mut OpenSite,
        link: &Link,
        discipline: Discipline,
    ) -> Result<(), NetworkError> {
        let mark = Mark::of(Purpose::Shaper { of: link.index });
        let draft = unused_name()?;
        let new = NewLink::new(draft.clone(), LinkKind::Ifb);
        let alias = ChangeLink::named(draft.clone()).alias(mark.incomplete().to_string());
        site.perform_all(&[&new, &alias])?;
        self.reached(NetworkStep::Make);
        let index = site
            .find(draft.as_str())?
            .map(|link| link.index)
            .ok_or_else(|| NetworkError::NoInterface { site: site.site.clone(), name: draft.to_string() })?;
        let end = End {
            naming: Naming::new(&format!("{}-in", link.name), Chooser::Us),
            mark: mark.clone(),
            addresses: Vec::new(),
            master: None,
            ways: Vec::new(),
        };
        self.furnish(site, index, &end)?;
        set_root(site, index, Some(discipline))?;
        // From here on it is in the way, and does what it is for.
        let ingress = NewQdisc::new(link.index, Discipline::Ingress);
        site.perform_all(&[&ingress, &Redirect { from: link.index, to: index }])?;
        self.reached(NetworkStep::CompleteFar);
        site.perform(&ChangeLink::new(index).alias(mark.to_string()))?;
        self.reached(NetworkStep::Complete);
        Ok(())
    }

    /// Takes away the `ifb` of interface number `of`: first what leads to it, or packets would be lost there.
    pub(super) fn take_shaper(&self, site: &mut OpenSite, of: u32) -> Result<(), NetworkError> {
        let Some(shaper) = find(site, of)? else { return Ok(()) };
        match site.route.perform(&DeleteQdisc { index: of, parent: Handle::INGRESS }) {
            // The interface is gone, or did not come to lead there.
            Err(error) if matches!(error.errno(), Some(Errno::NODEV | Errno::NOENT | Errno::INVAL)) => {}
            other => other.map_err(|source| site.failed(source))?,
        }
        self.reached(NetworkStep::Detach);
        self.delete(site, shaper.index)
    }
}
