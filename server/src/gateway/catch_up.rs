//! When this server may have missed what other servers of the cluster did.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use protocol::{EventsMissed, ServerEvent, UserId};
use tokio::time::sleep;

use super::{Gateway, connection::Connection, payload};
use crate::delivery::Client;

/// Connections that are looked at together, and how long the next ones wait then. So 10,000 clients ask within two
/// seconds and not at once.
const TOGETHER: usize = 100;
const APART: Duration = Duration::from_millis(20);
/// How long to wait before somebody's groups are read anew, so that it is done seldom, and once for several changes.
const SOON: Duration = Duration::from_millis(250);

impl Gateway {
    /// Reads anew which sessions go on and who is in which group, then tells clients to ask what changed: in this
    /// order, so that nothing falls in between. Returns false if it has to be done again, because the database did
    /// not answer or somebody was just connecting.
    pub(crate) async fn catch_up(&self) -> bool {
        let event = ServerEvent::EventsMissed(EventsMissed {});
        let Some(payload) = payload(&event) else { return true };
        let mut is_complete = true;
        for connections in self.0.connections.all().chunks(TOGETHER) {
            is_complete &= self.look_again(connections).await;
            for one in connections {
                // Others know only what was always documented. They are told what comes from now on.
                if one.client() != Client::Other {
                    one.emit(event.name(), &payload);
                }
            }
            sleep(APART).await;
        }
        is_complete
    }

    /// Reads somebody's groups anew, because they joined or left one: if they did both, at two servers, it is not
    /// known here in which order.
    pub(super) fn look_at_soon(&self, user: UserId) {
        if !self.0.looked_at_soon.lock().unwrap_or_else(PoisonError::into_inner).insert(user) {
            return;
        }
        let gateway = self.clone();
        tokio::spawn(async move {
            sleep(SOON).await;
            gateway.0.looked_at_soon.lock().unwrap_or_else(PoisonError::into_inner).remove(&user);
            gateway.look_again(&gateway.0.connections.of(user)).await;
        });
    }

    async fn look_again(&self, connections: &[Arc<Connection>]) -> bool {
        let _alone = self.0.looking.lock().await;
        let known: Vec<_> = connections.iter().filter(|one| one.begins_to_move()).collect();
        let sessions = known.iter().map(|one| (one.session.id, one.session.user.id)).collect();
        match self.0.app.store.standing(sessions).await {
            Ok(standing) => {
                for (one, groups) in known.iter().zip(standing) {
                    match groups {
                        Some(groups) => one.belongs_to_now(groups),
                        None => one.send_away(),
                    }
                }
                known.len() == connections.len()
            }
            Err(error) => {
                tracing::debug!(%error, "it could not be read who is in which group");
                false
            }
        }
    }
}
