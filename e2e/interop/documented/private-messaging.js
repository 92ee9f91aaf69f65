// Send a private message
socket.emit('privateMessage', {
  recipientId: 'USER_ID',
  content: 'Hello, this is a private message!'
});

// Listen for private messages
socket.on('privateMessage', (message) => {
  console.log('Received private message:', message);
});

// Listen for message sent confirmation
socket.on('messageSent', (message) => {
  console.log('Message sent successfully:', message);
});
