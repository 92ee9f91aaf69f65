//! What the publisher and presence say, on its way to the sockets of all who are told.

use std::{cell::LazyCell, sync::Arc};

use protocol::{GroupId, ServerEvent, UserId};
use serde_json::value::RawValue;
use socketioxide::operators::BroadcastOperators;
use tokio::task::yield_now;

use super::{
    Gateway, client_room,
    connection::Connection,
    emit::{event_bytes, event_packet},
    group_room, payload,
    transport::LONG,
    user_room,
};
use crate::delivery::{Audience, Client, Delivery, Together};

impl Gateway {
    pub(super) async fn deliver(&self, delivery: Delivery) {
        let Delivery { to, event } = delivery;
        let name = event.name();
        let Some(payload) = payload(&event) else { return };
        let behind = match to {
            _ if event_bytes(name, &payload) >= LONG => {
                let packet = event_packet(name, &payload);
                self.sockets(&to).iter().filter(|one| one.emit_shared(&packet)).count() > 0
            }
            Audience::Sockets(_) | Audience::User(_) | Audience::UserExcept(..) => {
                self.sockets(&to).iter().filter(|one| one.emit(name, &payload)).count() > 0
            }
            Audience::Group(group) => self.tell_group(group, None, name, &payload).await,
            Audience::GroupExcept(group, user) => self.tell_group(group, Some(user), name, &payload).await,
            Audience::Everyone(client) => self.tell_everyone(client, None, name, &payload).await,
            Audience::EveryoneExcept(client, user) => {
                self.tell_everyone(client, Some(user), name, &payload).await
            }
        };
        // The sockets write before they are told more: each with one call, and before their buffers grow.
        if behind {
            yield_now().await;
        }
    }

    /// Tells the sockets for which nothing waits. So at most one such event waits for a slow client.
    pub(super) fn deliver_volatile(&self, delivery: &Delivery) {
        let Some(payload) = payload(&delivery.event) else { return };
        for one in self.sockets(&delivery.to) {
            if one.transport.is_drained() {
                one.emit(delivery.event.name(), &payload);
            }
        }
    }

    /// The same. What is told one by one is told to those for which nothing waits before the first of it.
    pub(super) fn deliver_together(&self, Together { to, event, since, singly }: &Together) {
        let Some(together) = payload(event) else { return };
        let singly = LazyCell::new(|| {
            let one = |(about, event): &(_, ServerEvent)| Some((*about, event.name(), payload(event)?));
            singly.iter().filter_map(one).collect::<Vec<(UserId, _, _)>>()
        });
        for one in self.sockets(to).iter().filter(|one| one.transport.is_drained()) {
            if one.knows(*since) {
                one.emit(event.name(), &together);
                continue;
            }
            for (_, name, payload) in singly.iter().filter(|(about, ..)| *about != one.session.user.id) {
                one.emit(name, payload);
            }
        }
    }

    fn sockets(&self, to: &Audience) -> Vec<Arc<Connection>> {
        let connections = &self.0.connections;
        let (mut sockets, except) = match to {
            Audience::Sockets(ids) => (ids.iter().filter_map(|id| connections.get(*id)).collect(), None),
            Audience::User(user) => (connections.of(*user), None),
            Audience::UserExcept(user, socket) => {
                let mut sockets = connections.of(*user);
                sockets.retain(|one| one.session.socket != *socket);
                (sockets, None)
            }
            Audience::Group(group) => (connections.within(*group), None),
            Audience::GroupExcept(group, user) => (connections.within(*group), Some(*user)),
            Audience::Everyone(client) => (connections.all_of(*client), None),
            Audience::EveryoneExcept(client, user) => (connections.all_of(*client), Some(*user)),
        };
        sockets.retain(|one| except != Some(one.session.user.id));
        sockets
    }

    async fn tell_group(
        &self,
        group: GroupId,
        except: Option<UserId>,
        name: &str,
        payload: &RawValue,
    ) -> bool {
        let bytes = event_bytes(name, payload);
        let mut behind = false;
        self.0.connections.each_in(group, |one| {
            if except != Some(one.session.user.id) {
                behind |= one.charge(bytes);
            }
        });
        self.tell_room(group_room(group), except, name, payload).await;
        behind
    }

    async fn tell_everyone(
        &self,
        client: Client,
        except: Option<UserId>,
        name: &str,
        payload: &RawValue,
    ) -> bool {
        let mut everyone = self.0.connections.all_of(client);
        // Sockets that are being let in are in no room yet. They receive nothing, so nothing is counted.
        everyone.retain(|one| except != Some(one.session.user.id) && one.socket().is_some());
        let bytes = event_bytes(name, payload);
        for one in everyone {
            one.charge(bytes);
        }
        self.tell_room(client_room(client), except, name, payload).await;
        true
    }

    /// Encodes the packet once, however many receive it. Sockets that were told too much were given up
    /// before.
    async fn tell_room(&self, room: String, except: Option<UserId>, name: &str, payload: &RawValue) {
        let Some(sockets) = self.everybody() else { return };
        let sockets = sockets.to(room);
        let sockets = match except {
            Some(user) => sockets.except(user_room(user)),
            None => sockets,
        };
        if let Err(error) = sockets.emit(name, payload).await {
            tracing::debug!(event = name, %error, "not every socket could be told");
        }
    }

    /// Every socket; none once the gateway is closed.
    fn everybody(&self) -> Option<BroadcastOperators> {
        self.0.io.of("/")
    }
}
