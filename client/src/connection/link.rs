//! Opening a connection, and what its end means: which namespaces are tried again, and when.

use super::{
    Connection, DisconnectReason, Event, Link, Output,
    namespace::{Early, Namespace, Stage},
};
use crate::{backoff::Backoff, engine::Time};

impl<A> Connection<A> {
    pub(super) fn open(&mut self, now: Time) {
        self.link = Link::Opening;
        self.deadline = Some(now.saturating_add(self.config.connect_timeout));
        self.engine.open(now);
    }

    /// Asks for what is needed to join the namespaces that are wanted.
    pub(super) fn authenticate(&mut self, now: Time) {
        for namespace in &mut self.namespaces {
            if namespace.stage == Stage::Wanted {
                namespace.stage = Stage::Asked;
                self.deadline.get_or_insert(now.saturating_add(self.config.connect_timeout));
                self.outputs.push_back(Output::Authenticate { namespace: namespace.name.clone() });
            }
        }
    }

    /// A namespace is left and not tried again by itself. The connection ends with the last one.
    pub(super) fn leave(&mut self, now: Time, index: usize, event: Event) {
        self.namespaces[index].stage = Stage::Left;
        self.namespaces[index].early = Early::default();
        self.namespaces[index].fail_sent(&mut self.outputs);
        self.tell(index, event);
        let wanted = |namespace: &Namespace<A>| namespace.stage != Stage::Left;
        if !self.namespaces.iter().any(wanted) {
            self.link = Link::Idle;
            self.deadline = None;
            self.admitted_at = None;
            self.failures = 0;
            self.partial = None;
            self.engine.close(now);
        } else if !self.namespaces.iter().any(|namespace| namespace.stage == Stage::Joined)
            && matches!(self.link, Link::Open)
        {
            self.deadline.get_or_insert(now.saturating_add(self.config.connect_timeout));
        }
    }

    /// Drops what arrived and was not told yet, and ends the connection: a program that got only a part
    /// would not know what it lacks.
    pub(crate) fn discard(&mut self, now: Time, reason: DisconnectReason) {
        self.outputs.retain(|output| !matches!(output, Output::Event { event: Event::Received { .. }, .. }));
        self.drop_link(now, reason);
    }

    /// Gives up a connection that is useless.
    pub(super) fn drop_link(&mut self, now: Time, reason: DisconnectReason) {
        if matches!(self.link, Link::Opening | Link::Open) {
            self.engine.abort();
            // First handle what the engine still says.
            self.settle(now);
            self.lost(now, reason);
        }
    }

    /// The connection is gone; tries again.
    pub(super) fn lost(&mut self, now: Time, reason: DisconnectReason) {
        // A packet by which the server ends the connection on purpose may come together with the end
        // itself: then there is nothing to try again.
        if matches!(self.link, Link::Idle) {
            return;
        }
        let lasted = self.admitted_at.take().map(|at| now.saturating_sub(at));
        let short = lasted.is_some_and(|lasted| lasted < self.config.stable_after);
        if lasted.is_some() && !short {
            self.failures = 0;
        }
        let delay = if short { Backoff::delay_after_short } else { Backoff::delay };
        let retry_at = self
            .config
            .retries
            .is_none_or(|retries| self.failures < retries)
            .then(|| now.saturating_add(delay(&self.config.backoff, self.failures, &mut self.random)));
        self.failures = if retry_at.is_some() { self.failures.saturating_add(1) } else { 0 };
        self.link = retry_at.map_or(Link::Idle, |until| Link::Waiting { until });
        self.deadline = None;
        self.partial = None;
        for index in 0..self.namespaces.len() {
            let namespace = &mut self.namespaces[index];
            if namespace.stage != Stage::Left {
                namespace.stage = if retry_at.is_some() { Stage::Wanted } else { Stage::Left };
                namespace.early = Early::default();
                namespace.fail_sent(&mut self.outputs);
                self.tell(index, Event::Disconnected { reason: reason.clone(), retry_at });
            }
        }
    }
}
