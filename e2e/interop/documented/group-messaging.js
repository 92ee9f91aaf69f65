// Join a group
socket.emit('joinGroup', {
  groupId: 'GROUP_ID'
});

// Send a message to a group
socket.emit('groupMessage', {
  groupId: 'GROUP_ID',
  content: 'Hello everyone in the group!'
});

// Listen for group messages
socket.on('groupMessage', (message) => {
  console.log('Received group message:', message);
});

// Leave a group
socket.emit('leaveGroup', {
  groupId: 'GROUP_ID'
});
