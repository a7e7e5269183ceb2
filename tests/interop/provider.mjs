// An OpenID Connect provider of other people's making (node-oidc-provider), on loopback. Prints its port when it listens.
// Usage: node provider.mjs REDIRECT_ADDRESS CLIENT_ID CLIENT_SECRET
import { createServer } from "node:http";
import Provider from "oidc-provider";

const [redirect, client, secret] = process.argv.slice(2);
const unverified = new Set(["unverified@school.example"]);
const server = createServer((request, response) => callback(request, response));
let callback;
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address();
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    clients: [
      {
        client_id: client,
        client_secret: secret,
        redirect_uris: [redirect],
        application_type: "web",
        token_endpoint_auth_method: "client_secret_basic",
        id_token_signed_response_alg: "RS256",
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true } },
    cookies: { keys: ["only for a test"] },
    async findAccount(_context, id) {
      return {
        accountId: id,
        claims: async () => ({ sub: `subject of ${id}`, email: id, email_verified: !unverified.has(id) }),
      };
    },
  });
  callback = provider.callback();
  console.log(port);
});
