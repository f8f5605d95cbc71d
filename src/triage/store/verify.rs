//! Verifying the audit chain of a state.

use super::{Store, StoreError, shared};
use crate::triage::audit::{self, Head, Verified, links};

/// Why a chain could not be verified.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The first thing that is not as it was written.
    #[error("{what}: {why}: from there on nothing can be relied upon, compare with a backup of the state")]
    Broken {
        /// What: `decision 3`, `alert 17 (ID)`, `link 5 of the chain`.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// The state could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Checks everything that the chain covers, first to last, as it stands at this moment, and that the chain has the
    /// head that was `noted` earlier.
    ///
    /// # Errors
    /// [`AuditError::Broken`] names the first thing that is not as it was written; [`AuditError::Store`].
    pub fn verify(&self, noted: Option<&Head>) -> Result<Verified, AuditError> {
        // One transaction: the rows and the end of the chain belong to the same moment.
        let moment = self.check(self.conn.unchecked_transaction())?;
        let checked = audit::check(&moment, noted).and_then(|checked| {
            let log = if checked.is_ok() { shared::verify(&moment)? } else { None };
            let broken = log.map(|(number, why)| (format!("entry {number} of the team's log"), why));
            Ok(broken.map_or(checked, Err))
        });
        match checked {
            Ok(checked) => checked.map_err(|(what, why)| AuditError::Broken { what, why }),
            Err(error) => match audit::unreadable(&error) {
                Some(why) => Err(AuditError::Broken { what: "the state".to_owned(), why }),
                None => self.check(Err(error)).map_err(AuditError::Store),
            },
        }
    }

    /// Where the chain ends now.
    ///
    /// # Errors
    /// [`StoreError`] when the state cannot be read.
    pub fn chain_head(&self) -> Result<Head, StoreError> {
        self.check(links::end(&self.conn)).map(|(seq, hash)| Head { seq, hash })
    }
}
