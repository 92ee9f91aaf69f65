//! The groups that a form asked the server to make. It may have made one and its answer was lost: whoever presses the
//! button again makes no second one.

use protocol::{ClientId, GroupName, Visibility};

#[derive(Default)]
pub(super) struct AskedGroups(Vec<(GroupName, Visibility, ClientId)>);

impl AskedGroups {
    /// The id under which such a group is asked for.
    pub(super) fn id_of(
        &mut self,
        name: &GroupName,
        visibility: Visibility,
        new: impl FnOnce() -> ClientId,
    ) -> ClientId {
        let asked = self.0.iter().find(|(asked, how, _)| asked == name && *how == visibility);
        if let Some((.., id)) = asked {
            return id.clone();
        }
        let id = new();
        self.0.push((name.clone(), visibility, id.clone()));
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_group_is_asked_for_under_the_same_id_and_another_one_under_another() {
        let mut asked = AskedGroups::default();
        let mut count = 0;
        let mut id_of = |name: &str, visibility| {
            asked.id_of(&name.parse().unwrap(), visibility, || {
                count += 1;
                count.to_string().parse().unwrap()
            })
        };
        let tea = id_of("Tea", Visibility::Public);
        assert_eq!(id_of("Tea", Visibility::Public), tea);
        let others = [id_of("Tea", Visibility::Private), id_of("Cake", Visibility::Public)];
        assert!(others[0] != others[1] && !others.contains(&tea));
        assert_eq!(id_of("Tea", Visibility::Public), tea);
    }
}
