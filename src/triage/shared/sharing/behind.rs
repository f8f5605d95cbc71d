//! What a look does once all that others decided is here.

use super::super::cases::{Cases, Written};
use super::super::log::Put;
use super::super::{Copy, Trouble, Wire};
use super::Sharing;
use crate::triage::{Offer, SharedQuery};

/// Documents of the view that are written at a look.
const VIEWED: usize = 50;

impl<W: Wire, C: Copy> Sharing<W, C> {
    /// Offers the team what was decided in this state alone.
    pub(super) fn offer(&mut self) -> Result<(), Trouble> {
        let mut shared = 0;
        while self.offers_due {
            let writer = self.writer.clone();
            let offer = self.copy.ask(|reply| SharedQuery::NextOffer { writer, reply })?;
            let Some(Offer { decision, entry }) = offer else {
                self.offers_due = false;
                break;
            };
            match entry {
                Ok(entry) => match self.log()?.put(&self.wire, &entry)? {
                    Put::Acknowledged => {
                        self.take(vec![entry], false)?;
                        shared += 1;
                    }
                    Put::Taken => {
                        self.read_up_to(entry.number)?;
                        continue;
                    }
                },
                Err(why) => self.said.push(format!(
                    "a decision of {} on alert {} that was made here alone is not shared: {why}",
                    decision.analyst, decision.alert
                )),
            }
            self.copy.ask(|reply| SharedQuery::Offered(decision.seq, reply))?;
        }
        if shared > 0 {
            self.said.push(format!("decisions that were made here alone and are shared now: {shared}"));
        }
        Ok(())
    }

    /// Finds out whether the key may write, before somebody has decided something: what is there cannot be made again.
    pub(super) fn probe(&mut self) -> Result<(), Trouble> {
        if self.probe_in > 0 {
            self.probe_in -= u32::from(self.forbidden.is_some());
            return Ok(());
        }
        let first = self.copy.ask(|reply| SharedQuery::Entries { from: 1, most: 1, reply })?;
        let Some(first) = first.first() else { return Ok(()) };
        self.log()?.put(&self.wire, first)?;
        (self.forbidden, self.probe_in) = (None, 1);
        Ok(())
    }

    /// Writes documents of the view that are behind.
    pub(super) fn view(&mut self) -> Result<(), Trouble> {
        let Some(log) = &self.log else { return Ok(()) };
        let cases = Cases::of(&self.prefix, &log.name);
        for _ in 0..VIEWED {
            let Some(alert) = self.stale.first().cloned() else { break };
            let case = self.copy.ask(|reply| SharedQuery::Case(alert.clone(), reply))?;
            if let Some(case) = case {
                let written = cases.write(&self.wire, &case, self.patience)?;
                if !self.viewed.insert(alert.clone()) && written == Written::Created {
                    let index = &cases.index;
                    self.said.push(format!("alert {alert} was not in {index} any more: written anew"));
                }
            }
            self.stale.remove(&alert);
        }
        Ok(())
    }
}
