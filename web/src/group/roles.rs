//! What roles are called, who stands where in a list of members, and what one may do with whom. Plain Rust;
//! the server says no to the same things.

use std::cmp::Reverse;

use protocol::{Group, Member, Role, UserId, Visibility};

use crate::intl::direction::isolated;

/// Something that one may do with a member of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum MemberAction {
    MakeAdmin,
    TakeAdminAway,
    MakeOwner,
    Remove,
    Ban,
}

/// What somebody with a role may do with a member, in the order of a menu. With oneself it is nothing.
pub(crate) fn allowed(own: Role, member: Role) -> Vec<MemberAction> {
    let is_owner = own == Role::Owner;
    let allowed = [
        (MemberAction::MakeAdmin, is_owner && member == Role::Member),
        (MemberAction::TakeAdminAway, is_owner && member == Role::Admin),
        (MemberAction::MakeOwner, is_owner && member < Role::Owner),
        (MemberAction::Remove, own.may_remove(member)),
        (MemberAction::Ban, own.may_remove(member)),
    ];
    allowed.into_iter().filter_map(|(action, is_allowed)| is_allowed.then_some(action)).collect()
}

impl MemberAction {
    /// In a menu. Three dots: it asks first.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::MakeAdmin => "Make admin",
            Self::TakeAdminAway => "Remove as admin",
            Self::MakeOwner => "Make owner…",
            Self::Remove => "Remove…",
            Self::Ban => "Ban…",
        }
    }

    pub(crate) fn icon(self) -> &'static str {
        match self {
            Self::MakeAdmin => "shield",
            Self::TakeAdminAway => "shield-off",
            Self::MakeOwner => "key",
            Self::Remove => "leave",
            Self::Ban => "ban",
        }
    }

    /// Whether it takes something from somebody.
    pub(crate) fn is_harsh(self) -> bool {
        matches!(self, Self::Remove | Self::Ban)
    }

    /// What is asked before it is done; `None` if it is easily taken back.
    pub(crate) fn question(self, name: &str, group: &Group) -> Option<Question> {
        let (who, place) = (isolated(name), isolated(group.name.as_str()));
        let (title, text, button) = match self {
            Self::MakeAdmin | Self::TakeAdminAway => return None,
            Self::MakeOwner => (
                format!("Make {who} the owner of {place}?"),
                format!(
                    "{who} will be able to assign roles and to remove or ban anyone, including you. You will become \
                     an admin, and you can't undo this."
                ),
                "Make owner",
            ),
            Self::Remove => {
                let back = match group.visibility {
                    Visibility::Public => "can find it and join again at any time",
                    Visibility::Private => "needs the invite link to come back",
                };
                (
                    format!("Remove {who} from {place}?"),
                    format!("{who} no longer gets its messages, and {back}. {who}'s messages will stay."),
                    "Remove",
                )
            }
            Self::Ban => (
                format!("Ban {who} from {place}?"),
                format!(
                    "{who} no longer gets its messages, and can neither join nor be added until the ban is \
                     lifted. {who}'s messages will stay."
                ),
                "Ban",
            ),
        };
        Some(Question { title, text, button })
    }

    /// What is said when it is done.
    pub(crate) fn done(self, name: &str) -> String {
        let who = isolated(name);
        match self {
            Self::MakeAdmin => format!("{who} is now an admin"),
            Self::TakeAdminAway => format!("{who} is no longer an admin"),
            Self::MakeOwner => format!("{who} is now the owner"),
            Self::Remove => format!("{who} was removed"),
            Self::Ban => format!("{who} is banned"),
        }
    }
}

/// What a dialog asks.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Question {
    pub(crate) title: String,
    pub(crate) text: String,
    /// The words of the button that does it.
    pub(crate) button: &'static str,
}

/// The word beside a name; most people have none.
pub(crate) fn word(role: Role) -> Option<&'static str> {
    match role {
        Role::Member => None,
        Role::Admin => Some("Admin"),
        Role::Owner => Some("Owner"),
    }
}

/// Of members in the order of their names: the owner first, then the admins. Who goes online stays where they
/// are, because their row has a menu that somebody may be about to press.
pub(crate) fn by_role(mut named: Vec<(UserId, Role)>) -> Vec<UserId> {
    named.sort_by_key(|(_, role)| Reverse(*role));
    named.into_iter().map(|(id, _)| id).collect()
}

/// Who becomes the owner when the owner leaves, for people; nothing if nobody else is in the group.
pub(crate) fn successor(me: UserId, members: &[Member]) -> Option<String> {
    let others = || members.iter().filter(|member| member.id != me);
    let admins: Vec<&Member> = others().filter(|member| member.role == Role::Admin).collect();
    let (candidates, longest) = match admins.is_empty() {
        true => (others().collect(), "the member who has been in it longest"),
        false => (admins, "the admin who has been in it longest"),
    };
    match candidates[..] {
        [] => None,
        [one] => Some(isolated(one.username.as_str()).into_owned()),
        _ => Some(longest.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use protocol::{GroupId, Timestamp, User};

    use super::*;

    const ROLES: [Role; 3] = [Role::Member, Role::Admin, Role::Owner];

    fn id(number: u8) -> UserId {
        UserId::from_bytes([number; 16])
    }

    fn member(number: u8, name: &str, role: Role) -> Member {
        Member::new(User { id: id(number), username: name.parse().unwrap() }, role)
    }

    #[test]
    fn a_member_may_do_nothing_an_admin_removes_members_and_the_owner_does_everything() {
        use MemberAction::{Ban, MakeAdmin, MakeOwner, Remove, TakeAdminAway};
        assert_eq!(ROLES.map(|member| allowed(Role::Member, member)), [vec![], vec![], vec![]]);
        assert_eq!(ROLES.map(|member| allowed(Role::Admin, member)), [vec![Remove, Ban], vec![], vec![]]);
        let admins = vec![TakeAdminAway, MakeOwner, Remove, Ban];
        assert_eq!(
            ROLES.map(|member| allowed(Role::Owner, member)),
            [vec![MakeAdmin, MakeOwner, Remove, Ban], admins, vec![]],
            "the owner is only oneself"
        );
    }

    #[test]
    fn what_cannot_be_taken_back_by_oneself_asks_first() {
        let mut group = Group {
            id: GroupId::from_bytes([3; 16]),
            name: "Lunch".parse().unwrap(),
            visibility: Visibility::Public,
            member_count: 3,
            created_at: Timestamp(0),
        };
        for action in [MemberAction::MakeAdmin, MemberAction::TakeAdminAway] {
            assert_eq!(action.question("cyd", &group), None);
        }
        let title = |action: MemberAction| action.question("cyd", &group).unwrap().title;
        assert_eq!(title(MemberAction::MakeOwner), "Make cyd the owner of Lunch?");
        assert_eq!(title(MemberAction::Ban), "Ban cyd from Lunch?");
        let removing = |group: &Group| MemberAction::Remove.question("cyd", group).unwrap().text;
        assert!(removing(&group).contains("join again"));
        group.visibility = Visibility::Private;
        assert!(removing(&group).contains("needs the invite link"));
    }

    #[test]
    fn the_owner_stands_first_then_the_admins_then_the_members_each_by_name() {
        let named = [Role::Member, Role::Admin, Role::Owner, Role::Member, Role::Admin];
        let named = (1..).map(id).zip(named).collect();
        assert_eq!(by_role(named), [3, 2, 5, 1, 4].map(id));
    }

    #[test]
    fn who_becomes_the_owner_is_named_if_it_can_only_be_one() {
        let ann = member(1, "ann", Role::Owner);
        let says = |others: &[Member]| {
            let members: Vec<Member> = [ann.clone()].into_iter().chain(others.iter().cloned()).collect();
            successor(id(1), &members)
        };
        let (ben, cy) = (member(2, "ben", Role::Member), member(3, "cyd", Role::Admin));
        assert_eq!(says(&[]), None);
        assert_eq!(says(std::slice::from_ref(&ben)).as_deref(), Some("ben"));
        assert_eq!(says(&[ben.clone(), cy.clone()]).as_deref(), Some("cyd"));
        let longest = |role| Some(format!("the {role} who has been in it longest"));
        assert_eq!(says(&[ben, member(4, "dora", Role::Member)]), longest("member"));
        assert_eq!(says(&[cy, member(4, "dora", Role::Admin)]), longest("admin"));
    }
}
