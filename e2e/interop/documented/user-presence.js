// Listen for online users
socket.on('onlineUsers', (users) => {
  console.log('Users currently online:', users);
});

// Listen for user online event
socket.on('userOnline', (userId) => {
  console.log('User came online:', userId);
});

// Listen for user offline event
socket.on('userOffline', (userId) => {
  console.log('User went offline:', userId);
});
