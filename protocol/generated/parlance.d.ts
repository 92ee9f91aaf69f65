// The events of Parlance for socket.io-client. Generated from protocol/src/catalogue.rs by
// `cargo xtask generate`; do not edit.
//
//   import { io, Socket } from 'socket.io-client';
//   import type { ClientToServerEvents, ServerToClientEvents } from './parlance';
//   const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io(url, { auth: { token } });

/** What an ack carries: the answer or the refusal. */
export type Reply<T> = { data: T; error?: never } | { data?: never; error: ErrorBody };

/** What a client may send. */
export interface ClientToServerEvents {
  /** Sends a message to one person, who receives `privateMessage` on every device; the sender's devices receive `messageSent`. */
  privateMessage: (payload: SendPrivateMessage, ack?: (reply: Reply<Message>) => void) => void;
  /** Makes a group. You are its first member and its owner; your other devices receive `joinedGroup`. Sent again with the same `clientId`, it answers the same group. */
  createGroup: (payload: CreateGroup, ack?: (reply: Reply<Group>) => void) => void;
  /** Joins a group, until you leave it. Your devices receive `joinedGroup`, the other members `userJoinedGroup`. Joining again is answered the same and announces nothing. */
  joinGroup: (payload: JoinGroup, ack?: (reply: Reply<Group>) => void) => void;
  /** Leaves a group. Your devices receive `leftGroup`, the other members `userLeftGroup`. If you are its owner, another member becomes the owner, and the members receive `roleChanged`. */
  leaveGroup: (payload: LeaveGroup, ack?: (reply: Reply<LeftGroup>) => void) => void;
  /** Adds people to a group that you are a member of. Their devices receive `joinedGroup`, the other members `userJoinedGroup`, once for each person. */
  addMembers: (payload: AddMembers, ack?: (reply: Reply<Group>) => void) => void;
  /** Gives a member of a group another role, as its owner. Everybody in the group receives `roleChanged`, once for each person whose role changed. */
  setRole: (payload: SetRole, ack?: (reply: Reply<null>) => void) => void;
  /** Removes somebody from a group: as its owner anybody else, as an admin a member who is neither. Their devices receive `leftGroup`, the other members `userLeftGroup`. */
  removeMember: (payload: RemoveMember, ack?: (reply: Reply<null>) => void) => void;
  /** Removes somebody from a group, as `removeMember` does, and keeps them out: they can neither join nor be added. People who are not in the group can be banned from it, too. */
  banMember: (payload: BanMember, ack?: (reply: Reply<null>) => void) => void;
  /** Lets somebody join again who was banned, as the group's owner or an admin. They are not told. */
  unbanMember: (payload: UnbanMember, ack?: (reply: Reply<null>) => void) => void;
  /** Asks who is banned from a group, as its owner or an admin. */
  listBanned: (payload: ListBanned, ack?: (reply: Reply<BannedUser[]>) => void) => void;
  /** Sends a message to a group that you are a member of. Every device of every member, yours included, receives `groupMessage`. */
  groupMessage: (payload: SendGroupMessage, ack?: (reply: Reply<Message>) => void) => void;
  /** Corrects the text of a message of yours. Everybody in the conversation receives `messageChanged`. If the text is the same, nothing changes. */
  editMessage: (payload: EditMessage, ack?: (reply: Reply<Message>) => void) => void;
  /** Deletes a message of yours, or anybody's in a group whose owner or admin you are. Everybody in the conversation receives `messageChanged`, with an empty text. */
  deleteMessage: (payload: DeleteMessage, ack?: (reply: Reply<Message>) => void) => void;
  /** Puts an emoji on a message. Everybody in the conversation receives `messageChanged`. */
  addReaction: (payload: AddReaction, ack?: (reply: Reply<Message>) => void) => void;
  /** Takes your emoji off a message again. Everybody in the conversation receives `messageChanged`. */
  removeReaction: (payload: RemoveReaction, ack?: (reply: Reply<Message>) => void) => void;
  /** Pins a message for everybody in the conversation, who receive `messageChanged`. */
  pinMessage: (payload: PinMessage, ack?: (reply: Reply<Message>) => void) => void;
  /** Unpins a message. Everybody in the conversation receives `messageChanged`. */
  unpinMessage: (payload: UnpinMessage, ack?: (reply: Reply<Message>) => void) => void;
  /** Asks for the pinned messages of a conversation, those pinned last first, in pages. The last page is the one that is empty. */
  listPins: (payload: ListPins, ack?: (reply: Reply<Message[]>) => void) => void;
  /** Asks for the former texts of a message that was corrected, the oldest first, in pages. The last page is the one that is empty. */
  listEdits: (payload: ListEdits, ack?: (reply: Reply<FormerText[]>) => void) => void;
  /** Asks for one message. */
  getMessage: (payload: GetMessage, ack?: (reply: Reply<Message>) => void) => void;
  /** Searches people by a part of their name. */
  findUsers: (payload?: FindUsers, ack?: (reply: Reply<User[]>) => void) => void;
  /** Asks who these ids are. */
  getUsers: (payload: GetUsers, ack?: (reply: Reply<User[]>) => void) => void;
  /** Searches the public groups by a part of their name. */
  findGroups: (payload?: FindGroups, ack?: (reply: Reply<Group[]>) => void) => void;
  /** Asks for the groups that you are a member of. */
  listGroups: (payload?: ListGroups, ack?: (reply: Reply<Group[]>) => void) => void;
  /** Asks for the groups that you share with somebody. */
  listSharedGroups: (payload: ListSharedGroups, ack?: (reply: Reply<Group[]>) => void) => void;
  /** Looks at one group before joining it. */
  getGroup: (payload: GetGroup, ack?: (reply: Reply<Group>) => void) => void;
  /** Asks for the members of a group that you are a member of, and their roles. */
  listMembers: (payload: ListMembers, ack?: (reply: Reply<Member[]>) => void) => void;
  /** Asks for your conversations with their last messages and unread counts, newest first, in pages. The last page is the one that is empty. */
  listConversations: (payload?: ListConversations, ack?: (reply: Reply<Conversation[]>) => void) => void;
  /** Asks what changed in your conversations since you last knew them, and whether the messages that you hold still exist. Send it after each reconnect. If the digest is equal and nothing diverged, the answer is `{}`. */
  sync: (payload?: Synchronise, ack?: (reply: Reply<Synced>) => void) => void;
  /** Asks which messages of a conversation are new or were changed after a revision of it. Ask when the `rev` of what you receive is not the next one after the last that you know. */
  fetchChanges: (payload: FetchChanges, ack?: (reply: Reply<ChangesPage>) => void) => void;
  /** Asks for a page of a conversation's messages, before, after or around a place in it, or at a time. */
  fetchHistory: (payload: FetchHistory, ack?: (reply: Reply<HistoryPage>) => void) => void;
  /** Says how far you have read. Your other devices receive `readUpTo`, the others in the conversation `receiptChanged` or `receiptsChanged`, unless it is a group with more than 100 members. */
  markRead: (payload: MarkRead, ack?: (reply: Reply<ReadUpTo>) => void) => void;
  /** Marks a message, and all that came after it, as unread. Your other devices receive `readUpTo`. */
  markUnread: (payload: MarkUnread, ack?: (reply: Reply<ReadUpTo>) => void) => void;
  /** Mutes a conversation, or no longer does. Your other devices receive `conversationMuted`. */
  muteConversation: (payload: MuteConversation, ack?: (reply: Reply<ConversationMuted>) => void) => void;
  /** Says how far messages have reached a device of yours, if that is further than you have read. In a private conversation the other person receives `receiptChanged`. */
  markDelivered: (payload: MarkDelivered, ack?: (reply: Reply<null>) => void) => void;
  /** Asks how far the messages of a conversation have reached the others in it, and how far these have read: ask when you open it, and after each reconnect. A group with more than 100 members is refused. */
  listReceipts: (payload: ListReceipts, ack?: (reply: Reply<Receipt[]>) => void) => void;
  /** Says that you are typing. The others in the conversation receive `userTyping`, unless they have not read yet what they were told before. Nothing is kept. Sent again within 2 seconds over the same connection, and in a group with more than 100 members, it tells nobody. */
  typing: (payload: Typing, ack?: (reply: Reply<null>) => void) => void;
  /** Asks who is online now, you included. */
  listOnline: (payload?: ListOnline, ack?: (reply: Reply<UserId[]>) => void) => void;
  /** Asks to be told of the presence of these people only, at most 500: those on your screen. They come and go in `userOnline`, `userOffline` and `presenceChanged`. The answer says which of them are online. */
  watchPresence: (payload: WatchPresence, ack?: (reply: Reply<UserId[]>) => void) => void;
  /** Asks when somebody was online last. */
  lastSeen: (payload: LastSeen, ack?: (reply: Reply<LastSeenAt>) => void) => void;
  /** Asks for a new token of the same session, so that a connection outlives its token. */
  renewToken: (payload?: RenewToken, ack?: (reply: Reply<RenewedToken>) => void) => void;
  /** Searches the messages of your conversations, newest first: words, a `"quoted phrase"`, `from:name`, `in:name`, `before:2026-01-31`, `after:2026-01-31`, `has:link`. */
  searchMessages: (payload: SearchMessages, ack?: (reply: Reply<FoundMessages>) => void) => void;
}

/** What the server sends. */
export interface ServerToClientEvents {
  /** Somebody sent you a private message. */
  privateMessage: (payload: Message) => void;
  /** Your own private message was accepted, from this device or another. */
  messageSent: (payload: Message) => void;
  /** Somebody, perhaps you, wrote to a group. */
  groupMessage: (payload: Message) => void;
  /** A message was corrected, deleted or pinned, or somebody reacted to it: its whole new state. Take it if its `rev` is greater than that of what you have. */
  messageChanged: (payload: Message) => void;
  /** You joined a group, on this device or another. */
  joinedGroup: (payload: JoinedGroup) => void;
  /** You left a group, on this device or another, or somebody removed you. */
  leftGroup: (payload: LeftGroup) => void;
  /** Somebody joined a group that you are a member of. */
  userJoinedGroup: (payload: UserJoinedGroup) => void;
  /** Somebody left a group that you are a member of, or was removed. */
  userLeftGroup: (payload: UserLeftGroup) => void;
  /** Somebody, perhaps you, has another role in a group that you are a member of. */
  roleChanged: (payload: RoleChanged) => void;
  /** Who is online, you included; if you watch people, only those of them. Sent at the start of a connection. A client that shows no version also gets it later, instead of many `userOnline` and `userOffline`. */
  onlineUsers: (payload: UserId[]) => void;
  /** Somebody came online: their first device connected. */
  userOnline: (payload: UserId) => void;
  /** Somebody went offline: their last device was gone for a short grace time. */
  userOffline: (payload: UserId) => void;
  /** Several people came and went at once. A client that shows its version gets this instead of many `userOnline` and `userOffline`. */
  presenceChanged: (payload: PresenceChanged) => void;
  /** You read further, or marked something as unread, on another device. */
  readUpTo: (payload: ReadUpTo) => void;
  /** You muted a conversation, or no longer do, on another device. */
  conversationMuted: (payload: ConversationMuted) => void;
  /** Somebody is typing. It ends by itself after 6 seconds, and with a message of theirs. */
  userTyping: (payload: UserTyping) => void;
  /** More messages have reached somebody, or they have read further: in a private conversation, and what they have read also in a group with at most 100 members. A message of theirs says the same: who writes has read what is above. You are left out if you have not read yet what you were told before; `listReceipts` says what you missed. */
  receiptChanged: (payload: ReceiptChanged) => void;
  /** The same of several people at once: what comes within 200 milliseconds after one of these events about a conversation is collected and told in one. A client that shows no version, or one before 1.2, gets `receiptChanged` for each instead. */
  receiptsChanged: (payload: ReceiptsChanged) => void;
  /** You may not have been told everything, because the server could not hear other servers for a moment. Ask what changed, with `sync`. */
  eventsMissed: (payload: EventsMissed) => void;
  /** An event that asked for no ack was refused. */
  error: (payload: ErrorEvent) => void;
}

/** Makes people members of a group that you are a member of: all of them, or none. For people who are
 * members already nothing changes. If one of them is banned from the group, nobody is added. */
export type AddMembers = {
  /** The group. */
  groupId: GroupId;
  /** The people, at most 50. */
  userIds: UserId[];
};

/** Puts an emoji on a message. Doing it again is harmless. */
export type AddReaction = {
  /** The emoji. */
  emoji: Emoji;
  /** Which message. */
  messageId: MessageId;
};

/** Something that a client holds: a message at a place of a conversation, or a change. */
export type Anchor = {
  /** Which conversation. */
  conversation: ConversationId;
  /** The message, or the change. */
  id: ChangeId;
  /** The revision that a change made; left out if this is about a message. */
  rev?: Rev;
  /** A message's place in it; 0 if this is about a change. */
  seq?: Seq;
};

/** Removes somebody from a group, if they are in it, and keeps them out of it: they can neither join nor be
 * added. Banning again is harmless. At most 1,000 people are banned from a group. */
export type BanMember = {
  /** The group. */
  groupId: GroupId;
  /** Whom: a member or anybody else. */
  userId: UserId;
};

/** Somebody who is banned from a group. */
export type BannedUser = {
  /** When. */
  bannedAt: Timestamp;
  /** Who banned them. */
  bannedBy: UserId;
  /** Their id. */
  id: UserId;
  /** Their name. */
  username: Username;
};

/** Identifies a change of a message. If the change was its sending, this is the message's id. */
export type ChangeId = string;

/** Messages that changed, as they are now. */
export type ChangesPage = {
  /** The messages, those whose last change is oldest first. There may be fewer than were asked for,
   * because long ones fill a page earlier; if anything changed, there is at least one. */
  messages: Message[];
  /** Whether there are more. */
  more?: boolean;
  /** The revision up to which this page tells everything: ask for the next page since this one. */
  rev: Rev;
};

/** The sender's own id for a message, a UUID as a rule. Together with the sender it identifies the message permanently, so that sending again cannot double it. */
export type ClientId = string;

/** The `auth` object of a Socket.IO CONNECT. */
export type ConnectAuth = {
  /** The earliest version of a server that the client can use; its own unless it says another. While servers are
   * upgraded, an older one lets it in if it has at least this version. */
  needs?: string;
  /** The version of the catalogue that the client was built from. A client that leaves it out is
   * accepted; one whose version the server does not serve is refused. */
  protocol?: string;
  /** The token from login. */
  token: string;
  /** The people whose presence the connection watches from its beginning, perhaps none, as
   * `watchPresence` says it later: its `onlineUsers` then has those of them who are online. If it is
   * left out, the connection is told of everybody. */
  watch?: UserId[];
};

/** A conversation as one of its members sees it. */
export type Conversation = {
  /** Identifies the last change; left out if that was the sending of `lastMessage`, which its id
   * identifies. */
  changeId?: ChangeId;
  /** Its newest message; left out in a group in which nobody has written yet. */
  lastMessage?: Message;
  /** How often you marked something here as unread; left out if never. See [`ReadUpTo::mark`]. */
  mark?: number;
  /** Whether you muted it; left out if not. */
  muted?: boolean;
  /** How far you have read, on any of your devices. */
  readUpTo: Seq;
  /** Its revision: how many changes there were. */
  rev: Rev;
  /** Your role, if it is a group; left out if it is `member`. */
  role?: Role;
  /** How many messages came after that. Deleted ones do not count. */
  unread: number;
  /** How many of these mention you; left out if none does. */
  unreadMentions?: number;
  /** When its newest message came, or when you joined. The list is sorted by it, newest first. */
  updatedAt: Timestamp;
  /** Whom it is with. */
  with: Peer;
};

/** Identifies a conversation as one of its members sees it: the other person, or the group.
 *
 * `{ "user": "…" }` or `{ "group": "…" }` on the wire. The conversation with yourself (notes) has your
 * own id. */
export type ConversationId = { user: UserId; group?: never } | { group: GroupId; user?: never };

/** Whether a conversation is muted, on all of your devices. */
export type ConversationMuted = {
  /** Which conversation. */
  conversation: ConversationId;
  /** Whether it is muted. */
  muted: boolean;
};

/** Makes a group. You are its first member, and its owner. */
export type CreateGroup = {
  /** Identifies this request, so that it can be sent again if the answer did not arrive: then the
   * answer is the group that it made the first time, and no second one is made. */
  clientId?: ClientId;
  /** Its name. */
  name: GroupName;
  /** Who can find it. */
  visibility: Visibility;
};

/** What you register and log in with. */
export type Credentials = {
  /** The password. */
  password: Password;
  /** The name. */
  username: Username;
};

/** Deletes a message of one's own, or, as the owner or an admin of its group, anybody's: its text, its reactions
 * and its former texts are gone for good, its place stays. Deleting again is harmless. */
export type DeleteMessage = {
  /** Which message. */
  messageId: MessageId;
};

/** How far messages have reached a device of yours. */
export type DeliveredUpTo = {
  /** In which conversation. */
  conversation: ConversationId;
  /** The last message delivered. */
  seq: Seq;
};

/** Corrects the text of a message of one's own. */
export type EditMessage = {
  /** Asking again with the same id changes nothing and answers the message as it is now, even if it
   * was changed again in between. */
  clientId?: ClientId;
  /** The new text. */
  content: MessageText;
  /** Which message. */
  messageId: MessageId;
};

/** One emoji, in the spelling that Unicode recommends: ❤ and ❤️ are the same. */
export type Emoji = string;

/** What a refused request is answered with, in an ack (`{ "error": … }`) and over HTTP. */
export type ErrorBody = {
  /** For programs. */
  code: ErrorCode;
  /** The field of the request that is at fault, where there is one. */
  field?: string;
  /** A sentence for people. */
  message: string;
};

/** Why a request was refused. The spelling on the wire is stable. */
export type ErrorCode = "unknownEvent" | "invalidPayload" | "textTooShort" | "textTooLong" | "invalidText" | "unknownUser" | "unknownGroup" | "unknownMessage" | "notAMember" | "roleRequired" | "banned" | "notYourMessage" | "messageDeleted" | "tooMany" | "groupTooLarge" | "invalidQuery" | "clientIdReused" | "usernameTaken" | "invalidCredentials" | "unauthorized" | "forbiddenOrigin" | "notFound" | "protocolMismatch" | "rateLimited" | "storageFull" | "storageUnavailable" | "internal" | "other";

/** The `error` event: why an event that asked for no ack was refused. */
export type ErrorEvent = {
  /** The `clientId` of the message that was refused, if it had one. */
  clientId?: ClientId;
  /** For programs. */
  code: ErrorCode;
  /** The name of the event that was refused. */
  event: string;
  /** A sentence for people. */
  message: string;
};

/** Something that was to be told may not have been. */
export type EventsMissed = Record<string, never>;

/** Asks for every message of a conversation that is new or was changed after a revision. */
export type FetchChanges = {
  /** Which conversation. */
  conversation: ConversationId;
  /** How many messages at most: 1 to 200, 200 if left out; a number outside of that is moved to its
   * nearest end. */
  limit?: number;
  /** The last revision that you know. */
  since: Rev;
};

/** Asks for a page of a conversation's messages.
 *
 * With neither `before` nor `after`: the newest. With `before`: the newest ahead of that place.
 * With `after`: the oldest behind it. With both: the oldest between the two. With `around`: those
 * next to that place, as many on each side as there are; the other two do not count then. With `at`:
 * those next to the first message of that time or later, or the newest if there is none; with one of the
 * others it is refused. */
export type FetchHistory = {
  /** Only messages with a greater `seq`. */
  after?: Seq;
  /** The place in the middle of the page. */
  around?: Seq;
  /** The time of the message in the middle of the page, or an earlier one. Clocks may have gone back while
   * messages came; then it is a place near that time. */
  at?: Timestamp;
  /** Only messages with a smaller `seq`. */
  before?: Seq;
  /** Which conversation. */
  conversation: ConversationId;
  /** How many at most: 1 to 200, 50 if left out; a number outside of that is moved to its nearest
   * end. */
  limit?: number;
};

/** Searches the public groups by a part of their name; an empty query finds all. At most 100: first those with
 * exactly this name, then those whose names begin with it, then the others, each by name. */
export type FindGroups = {
  /** A part of the name. Case, accents and the width of letters do not matter. */
  query?: string;
};

/** Searches people by a part of their name; an empty query finds all. At most 100: first who has exactly this name,
 * then those whose names begin with it, then the others, each by name. */
export type FindUsers = {
  /** A part of the name. Case, accents and the width of letters do not matter. */
  query?: string;
};

/** A text that a message had once. */
export type FormerText = {
  /** The text. */
  content: MessageText;
  /** When it was replaced. */
  replacedAt: Timestamp;
};

/** What a search found. */
export type FoundMessages = {
  /** The messages, newest first. */
  hits: Hit[];
  /** The search took too long and was ended before it had looked at everything: there may be older
   * messages that fit. A query with more conditions finds them. */
  incomplete?: boolean;
  /** Where the next page begins; left out if there is nothing more. */
  next?: MessageId;
};

/** Looks at one group: one of yours, a public one, or a private one whose id you were given, unless you are banned
 * from it. */
export type GetGroup = {
  /** The group. */
  groupId: GroupId;
};

/** Asks for one message by its id: what a link to it leads to. */
export type GetMessage = {
  /** Which message. */
  messageId: MessageId;
};

/** Asks who these ids are. At most 200 ids; those that nobody has are left out of the answer. */
export type GetUsers = {
  /** The ids. */
  userIds: UserId[];
};

/** A group. */
export type Group = {
  /** When it was made. */
  createdAt: Timestamp;
  /** Its id. */
  id: GroupId;
  /** How many members it has. */
  memberCount: number;
  /** Its name. */
  name: GroupName;
  /** Who can find it. */
  visibility: Visibility;
};

/** Identifies a group. The id of a private group is also the invitation: who knows it may join. */
export type GroupId = string;

/** A group's name, composed (NFC). Several groups may have the same one. */
export type GroupName = string;

/** A digest of how all of one's conversations stand: 16 hexadecimal digits. How it is made is in protocol/src/sync.rs. */
export type HeadsDigest = string;

/** A page of a conversation's history. */
export type HistoryPage = {
  /** Who joined the group and who left it between the first and the last of these messages, in their
   * order: the newest 100 of these changes. If `after` was given, they begin after it; if there is
   * no earlier message, they begin with the group. */
  changes?: MembershipChange[];
  /** The `seq` of the conversation's newest message; 0 when there is none. */
  head: Seq;
  /** The messages, in ascending order of `seq`, without gaps. There may be fewer than were asked for,
   * because long ones fill a page earlier; if there is any message, there is at least one. */
  messages: Message[];
  /** The revision of the conversation that this page shows. */
  rev: Rev;
};

/** A message that a search found. */
export type Hit = {
  /** Which parts of its text fit the query, in their order, without overlaps: the first 32. */
  matches?: Span[];
  /** The message. */
  message: Message;
};

/** Joins a group. Membership lasts until you leave or are removed; joining again is harmless. Who is banned from
 * the group is refused. */
export type JoinGroup = {
  /** The group. */
  groupId: GroupId;
};

/** Confirms on all of your devices that you joined a group. */
export type JoinedGroup = {
  /** The group. */
  groupId: GroupId;
  /** Its name. */
  name: GroupName;
};

/** Asks when somebody was online last. */
export type LastSeen = {
  /** Who. */
  userId: UserId;
};

/** When somebody was online last. */
export type LastSeenAt = {
  /** When their last connection ended; left out if they are online now, or if that is not known. */
  at?: Timestamp;
};

/** Leaves a group. */
export type LeaveGroup = {
  /** The group. */
  groupId: GroupId;
};

/** Confirms on all of your devices that you left a group, or tells you that you were removed from it. */
export type LeftGroup = {
  /** The group. */
  groupId: GroupId;
  /** Its name. */
  name: GroupName;
  /** Who removed you; left out if you left by yourself. */
  removedBy?: UserId;
};

/** Asks for the people who are banned from a group, by name. A page that is shorter than its limit is the
 * last one. */
export type ListBanned = {
  /** The last person of the page before; left out for the first page. */
  after?: UserId;
  /** The group. */
  groupId: GroupId;
  /** How many at most: 1 to 1,000, 1,000 if left out; a number outside of that is moved to its
   * nearest end. */
  limit?: number;
};

/** Asks for your conversations, those with the newest messages first. A page has fewer of them than its limit when
 * their last messages are long: ask for the next one until a page is empty. If a message comes while you ask for
 * the pages, its conversation goes to the front: you may get it twice, and miss none. */
export type ListConversations = {
  /** The last conversation of the page before; left out for the first page. If it is none of yours any more,
   * because you have left the group since, the list begins again: you get some of it twice, and miss none. */
  after?: ConversationId;
  /** How many at most: 1 to 500, 500 if left out; a number outside of that is moved to its nearest
   * end. */
  limit?: number;
};

/** Asks for the former texts of a message, the oldest first. A page has fewer of them when they are long: ask for
 * the next one until a page is empty. */
export type ListEdits = {
  /** How many of the oldest texts you have from the pages before; left out for the first page. Texts are only
   * added behind the last one, so that the number means the same for every page. */
  after?: number;
  /** Which message. */
  messageId: MessageId;
};

/** Asks for the groups that you are a member of, by name. A page that is shorter than its limit is the
 * last one. */
export type ListGroups = {
  /** The last group of the page before; left out for the first page. */
  after?: GroupId;
  /** How many at most: 1 to 1,000, 1,000 if left out; a number outside of that is moved to its
   * nearest end. */
  limit?: number;
};

/** Asks for the members of a group that you are a member of, by name. A page that is shorter than its
 * limit is the last one. */
export type ListMembers = {
  /** The last person of the page before; left out for the first page. */
  after?: UserId;
  /** The group. */
  groupId: GroupId;
  /** How many at most: 1 to 1,000, 1,000 if left out; a number outside of that is moved to its
   * nearest end. */
  limit?: number;
};

/** Asks who is online now. `onlineUsers` tells that at the start of a connection anyway. */
export type ListOnline = Record<string, never>;

/** Asks for the pinned messages of a conversation, those pinned last first. A page has fewer of them when they are
 * long: ask for the next one until a page is empty. */
export type ListPins = {
  /** The place of the last message of the page before; left out for the first page. */
  after?: PinPlace;
  /** Which conversation. */
  conversation: ConversationId;
};

/** Asks how far a conversation has reached its other people. Of a group with more than 100 members, nobody
 * is told. */
export type ListReceipts = {
  /** Which conversation. */
  conversation: ConversationId;
};

/** Asks for the groups that both you and somebody else are members of, by name; at most 100. */
export type ListSharedGroups = {
  /** The other person. */
  userId: UserId;
};

/** The answer to a login. */
export type LoggedIn = {
  /** When the token stops being accepted, by the server's clock. */
  expiresAt: Timestamp;
  /** The same as a time from now on, in milliseconds: the client's clock may be wrong. */
  expiresIn: number;
  /** A JWT to connect with. */
  token: string;
  /** Who you are. */
  user: User;
};

/** Says that messages have reached a device of yours. It never goes back, and what you have read counts as
 * delivered. */
export type MarkDelivered = {
  /** How far, in each conversation in which that has changed: at most 100. Each counts as an event. */
  conversations: DeliveredUpTo[];
};

/** Says that you have read a conversation up to a message. It never goes back; [`MarkUnread`] does. */
export type MarkRead = {
  /** Which conversation. */
  conversation: ConversationId;
  /** The `mark` that you know. If you have marked something as unread since, perhaps on another device,
   * nothing changes. If it is left out, this counts in any case. */
  mark?: number;
  /** The last message read. */
  seq: Seq;
};

/** Says that a message, and all that came after it, shall count as unread. If it is unread already,
 * nothing changes: this never goes forward. */
export type MarkUnread = {
  /** Which conversation. */
  conversation: ConversationId;
  /** The first message that is unread then. */
  seq: Seq;
};

/** A member of a group. */
export type Member = {
  /** Their id. */
  id: UserId;
  /** Their role in the group; left out if it is `member`. */
  role?: Role;
  /** Their name. */
  username: Username;
};

/** Somebody joined a group or left it. */
export type MembershipChange = {
  /** The `seq` of the message after which it happened; 0 before the first. */
  after: Seq;
  /** When. */
  at: Timestamp;
  /** Whether they joined; if not, they left. */
  joined: boolean;
  /** Its place among the changes of the group: each has a greater one than those before. */
  number: number;
  /** Who removed them; left out if they left by themselves. */
  removedBy?: UserId;
  /** Who. */
  userId: UserId;
};

/** A message as the server keeps it. */
export type Message = {
  /** Identifies its last change; left out if that was its sending, which its own id identifies. */
  changeId?: ChangeId;
  /** The id that its sender gave it, if one was given. */
  clientId?: ClientId;
  /** The text; empty if it was deleted. */
  content: string;
  /** When the server accepted it. */
  createdAt: Timestamp;
  /** When it was deleted; left out if it was not. A deleted message keeps its place, and is never
   * changed again. */
  deletedAt?: Timestamp;
  /** Who deleted it, if that was not the person who wrote it. */
  deletedBy?: UserId;
  /** When its text was corrected last; left out if it never was. */
  editedAt?: Timestamp;
  /** Its id. */
  id: MessageId;
  /** Who is mentioned in it by an `@` and their name, in that order. They are in the conversation. */
  mentions?: UserId[];
  /** Whether everybody in the group is mentioned, by `@all`; left out if not. */
  mentionsAll?: boolean;
  /** When it was pinned; left out if it is not. */
  pinnedAt?: Timestamp;
  /** Who reacted to it, in the order in which each emoji came first. */
  reactions?: Reaction[];
  /** The message that it replies to. */
  replyTo?: Quote;
  /** The revision that its last change made of the conversation. */
  rev: Rev;
  /** Who wrote it. */
  senderId: UserId;
  /** Its place in the conversation; both people of a private conversation see the same. */
  seq: Seq;
} & ({ recipientId: UserId; groupId?: never } | { groupId: GroupId; recipientId?: never });

/** Identifies a message. */
export type MessageId = string;

/** A message's text. Line ends at both ends are trimmed; nothing else is ever altered. A text in which nothing can be seen is no message. */
export type MessageText = string;

/** Mutes a conversation, or no longer does: a muted one is listed and counted as before, but programs
 * do not ask for attention because of it. For a person to whom nobody has written yet nothing is kept:
 * the answer says `false`. */
export type MuteConversation = {
  /** Which conversation. */
  conversation: ConversationId;
  /** Whether it is muted from now on. */
  muted: boolean;
};

/** A password as it was typed. `Debug` does not show it, and the server never sends it out. However a keyboard writes accents, it is the same password: it is too short or too long only if it is so in every form. */
export type Password = string;

/** The other side of a conversation: `{ "user": User }` or `{ "group": Group }`. */
export type Peer = { user: User; group?: never } | { group: Group; user?: never };

/** Pins a message, for everybody in the conversation. Pinning again is harmless. */
export type PinMessage = {
  /** Which message. */
  messageId: MessageId;
};

/** The place of a message among the pinned ones of its conversation: two fields of the [`Message`] as it was on the
 * page. It stays where it was when that message is unpinned meanwhile, or pinned again; what is pinned meanwhile
 * comes before the first page, and you receive `messageChanged`. */
export type PinPlace = {
  /** Its `pinnedAt`. */
  pinnedAt: Timestamp;
  /** Its `seq`. */
  seq: Seq;
};

/** Several people came and went. */
export type PresenceChanged = {
  /** Those who are not online any more. */
  offline?: UserId[];
  /** Those who are online now. */
  online?: UserId[];
};

/** A message that another one replies to. */
export type Quote = {
  /** The beginning of its present text, on one line, as [`excerpt`] makes it; empty if it was
   * deleted. If the message changes, this changes with it, without a change of the one that replies. */
  excerpt: string;
  /** Its id. It is in the same conversation. */
  messageId: MessageId;
  /** Who wrote it. */
  senderId: UserId;
  /** Its place there. */
  seq: Seq;
};

/** The people who put the same emoji on a message. */
export type Reaction = {
  /** The emoji. */
  emoji: Emoji;
  /** All of them, in the order in which they came; at least one. */
  userIds: UserId[];
};

/** How far you have read a conversation, on any of your devices. */
export type ReadUpTo = {
  /** Which conversation. */
  conversation: ConversationId;
  /** How often you marked something here as unread; left out if never. Of two of these, the one with the
   * greater `mark` is newer; if that is the same, the one with the greater `seq`. */
  mark?: number;
  /** The revision of the conversation. */
  rev: Rev;
  /** The last message read. */
  seq: Seq;
  /** How many messages came after that, at the revision `rev`. */
  unread: number;
  /** How many of these mention you; left out if none does. */
  unreadMentions?: number;
};

/** How far a conversation has reached one of its people. */
export type Receipt = {
  /** The last message that has reached a device of theirs, as far as anybody said so: at least
   * `readUpTo`. */
  deliveredUpTo: Seq;
  /** The newest message when they joined the group: of it and of those before it, nothing is said. Left
   * out if there was none, and between two people. */
  joinedAfter?: Seq;
  /** The last message that they have read. */
  readUpTo: Seq;
  /** Who. */
  userId: UserId;
};

/** Somebody received or read more. It is a state: a later one contains the earlier ones. */
export type ReceiptChanged = {
  /** Which conversation. */
  conversation: ConversationId;
  /** The last message that has reached a device of theirs. */
  deliveredUpTo: Seq;
  /** The last message that they have read. */
  readUpTo: Seq;
  /** Who. */
  userId: UserId;
};

/** Several people received or read more. */
export type ReceiptsChanged = {
  /** Which conversation. */
  conversation: ConversationId;
  /** How far it has reached each of them. You may be one of them yourself. */
  receipts: Receipt[];
};

/** Removes a member from a group. They may join again. If they are not in it, nothing changes. */
export type RemoveMember = {
  /** The group. */
  groupId: GroupId;
  /** Whom. */
  userId: UserId;
};

/** Takes one's emoji off a message again. If it is not there, nothing happens. */
export type RemoveReaction = {
  /** The emoji. */
  emoji: Emoji;
  /** Which message. */
  messageId: MessageId;
};

/** Asks for a new token of the same session, before the present one expires. */
export type RenewToken = Record<string, never>;

/** A new token. */
export type RenewedToken = {
  /** When it stops being accepted, by the server's clock. */
  expiresAt: Timestamp;
  /** The same as a time from now on, in milliseconds: the client's clock may be wrong. */
  expiresIn: number;
  /** A JWT to connect with. */
  token: string;
};

/** A conversation's revision: how many changes there were. A new message, a correction, a deletion, a
 * reaction and a pin are a change each. 1, 2, 3, … without gaps. */
export type Rev = number;

/** What a member of a group may do there. Each role may do what those before it may, too. */
export type Role = "member" | "admin" | "owner";

/** Tells everybody in a group that somebody there has another role. */
export type RoleChanged = {
  /** The group. */
  groupId: GroupId;
  /** Their role from now on. */
  role: Role;
  /** Who. */
  userId: UserId;
};

/** Searches the messages of all of your conversations, or of one, newest first.
 *
 * The query consists of words, all of which must be in the message. The last one may be the beginning of a
 * word. Case, accents and the width of letters do not matter. Beside words it may have:
 *
 * - `"a phrase"`: these words, one behind the other
 * - `from:name`: who wrote it; `from:me` for your own
 * - `in:name`: the group or the person that the conversation is with; `in:"two words"` if the name has a space
 * - `before:2026-01-31` and `after:2026-01-31`: only on earlier, only on later days
 * - `has:link`: only with a link
 *
 * A query that cannot be understood is answered `invalidQuery`, with a sentence. */
export type SearchMessages = {
  /** The `next` of the page before; left out for the first page. */
  before?: MessageId;
  /** Only in this conversation. */
  conversation?: ConversationId;
  /** How many at most: 1 to 50, 20 if left out; a number outside of that is moved to its nearest end. */
  limit?: number;
  /** What to search for, at most 256 characters and 16 words, phrases and conditions. */
  query: string;
  /** Minutes by which your clock is ahead of UTC, at most 14 hours in either direction: it says when a
   * day begins for `before:` and `after:`. 0 if left out. */
  utcOffset?: number;
};

/** Sends a message to a group that the sender is a member of. */
export type SendGroupMessage = {
  /** Sending again with the same id returns the first message and stores no second one. */
  clientId?: ClientId;
  /** The text. */
  content: MessageText;
  /** The group. */
  groupId: GroupId;
  /** The message of the same conversation that this one replies to. */
  replyTo?: MessageId;
};

/** Sends a message to one person. You may also send one to yourself: a note. */
export type SendPrivateMessage = {
  /** Sending again with the same id returns the first message and stores no second one. */
  clientId?: ClientId;
  /** The text. */
  content: MessageText;
  /** Whom it is for. */
  recipientId: UserId;
  /** The message of the same conversation that this one replies to. */
  replyTo?: MessageId;
};

/** A message's place in its conversation: 1, 2, 3, … without gaps. The only order there is. */
export type Seq = number;

/** Gives a member of a group a role. If you make somebody else the owner, you become an admin. */
export type SetRole = {
  /** The group. */
  groupId: GroupId;
  /** Their role from now on. */
  role: Role;
  /** Whom. */
  userId: UserId;
};

/** A part of a text, counted in characters (Unicode scalar values). */
export type Span = {
  /** How many characters are before what follows it. */
  end: number;
  /** How many characters are before it. */
  start: number;
};

/** What changed. */
export type Synced = {
  /** Your conversations, as `listConversations` answers them; left out if the digests were equal and
   * nothing diverged. Pages have an order of their own, so that a message that is written meanwhile
   * moves no conversation from one page to another. */
  conversations?: Conversation[];
  /** Conversations whose history is not the one that you hold messages of, because a backup was
   * restored, or that are not yours any more. Drop what was loaded of them, and load it anew. */
  diverged?: ConversationId[];
  /** There are more of them. Whoever asked for pages asks again, with the last of these as `after`; a page has about
   * 128 KiB at most. Whoever did not goes on with `listConversations`, with the last of these as `after`. */
  more?: boolean;
};

/** Asks what changed. Send it after each (re)connect, when the server has joined the socket to its
 * rooms already, and now and then. */
export type Synchronise = {
  /** The last conversation of the page before; left out for the first page. The rest of the question
   * was answered with the first page. */
  after?: ConversationId;
  /** The same as programs computed it before messages could be changed. Not used if `state` is there. */
  heads?: HeadsDigest;
  /** What you hold from an earlier connection, the newest of each conversation: at most 100. The server
   * says whether its history still has it. */
  known?: Anchor[];
  /** The conversations may come in pages. If it is left out, those in which something happened last come at once,
   * 128 KiB at most. */
  paged?: boolean;
  /** Your roles in your groups, as far as you know them. If it is left out, as by programs from before there
   * were roles, they are not compared. */
  roles?: HeadsDigest;
  /** What you know of all your conversations, changes of messages included. If neither this nor
   * `heads` is there, everything is answered. */
  state?: HeadsDigest;
};

/** Milliseconds since the Unix epoch, UTC. To be displayed, never to order by. */
export type Timestamp = number;

/** Says that you are typing in a conversation. Send it again every few seconds for as long as it is true:
 * nobody is told of the end. */
export type Typing = {
  /** Which conversation. */
  conversation: ConversationId;
};

/** Lets somebody who was banned from a group join it again. It does not make them a member. If they are not
 * banned, nothing changes. */
export type UnbanMember = {
  /** The group. */
  groupId: GroupId;
  /** Whom. */
  userId: UserId;
};

/** Unpins a message. If it is not pinned, nothing happens. */
export type UnpinMessage = {
  /** Which message. */
  messageId: MessageId;
};

/** A person. */
export type User = {
  /** Their id. */
  id: UserId;
  /** Their name. */
  username: Username;
};

/** Identifies a person. */
export type UserId = string;

/** Tells a group's other members that somebody joined. */
export type UserJoinedGroup = {
  /** The group. */
  groupId: GroupId;
  /** Who joined. */
  user: User;
};

/** Tells a group's other members that somebody left, or was removed. */
export type UserLeftGroup = {
  /** The group. */
  groupId: GroupId;
  /** Who removed them; left out if they left by themselves. */
  removedBy?: UserId;
  /** Who left. */
  userId: UserId;
};

/** Somebody is typing. It ends after 6 seconds without another such event, or with a message of theirs. */
export type UserTyping = {
  /** Which conversation. */
  conversation: ConversationId;
  /** Who. */
  userId: UserId;
};

/** A person's name for logging in and being found, composed (NFC). Unique without regard to case, width and look-alikes. */
export type Username = string;

/** Who can find a group. */
export type Visibility = "public" | "private";

/** Asks to be told of these people and of nobody else, from now on: those on your screen. They replace
 * those that you watched before. The answer names those of them who are online.
 *
 * What comes between the request and its answer is newer than the answer. */
export type WatchPresence = {
  /** The people, at most 500. An id that nobody has is left out. */
  userIds: UserId[];
};
