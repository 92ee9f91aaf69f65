const socket = io('http://localhost:8000', {
  auth: {
    token: 'YOUR_JWT_TOKEN' // JWT token from login
  }
});
