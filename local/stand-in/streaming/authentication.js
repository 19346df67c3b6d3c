'use strict';

/** An answer to the client instead of a stream. */
class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }

  /** What may be shown of any error: ours as it is, everything else only to the log. */
  static from(error) {
    if (error instanceof Refusal) return error;
    console.error(error);
    return new Refusal(500, 'An unexpected error occurred');
  }
}
exports.Refusal = Refusal;

/** The token where clients put it: header, query, or (from browsers) the WebSocket protocol. */
function tokenOf(request) {
  const header = request.headers.authorization;
  if (header?.startsWith('Bearer ')) return header.slice('Bearer '.length);
  return (
    new URL(request.url, 'http://localhost').searchParams.get('access_token') ??
    request.headers['sec-websocket-protocol'] ??
    null
  );
}

const FIND_VIEWER = `
  SELECT oauth_access_tokens.scopes, users.account_id
  FROM oauth_access_tokens JOIN users ON oauth_access_tokens.resource_owner_id = users.id
  WHERE oauth_access_tokens.token = $1 AND oauth_access_tokens.revoked_at IS NULL AND NOT users.disabled
  LIMIT 1`;

/** Who asks, by the access token in PostgreSQL. Every stream needs one. */
exports.authenticate = async (request, pool) => {
  const token = tokenOf(request);
  if (!token) throw new Refusal(401, 'Missing access token');
  const { rows } = await pool.query(FIND_VIEWER, [token]);
  if (rows.length === 0) throw new Refusal(401, 'Invalid access token');
  const scopes = rows[0].scopes.split(' ');
  if (!scopes.includes('read') && !scopes.includes('read:statuses')) {
    throw new Refusal(401, 'Access token does not have the required scopes');
  }
  return { accountId: rows[0].account_id };
};
