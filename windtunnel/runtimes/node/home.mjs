/** The way to the cloud for libraries that look for it where it is on AWS only. */

import dns from 'node:dns';
import http from 'node:http';

/** From now on names under `localhost`, and answers for custom resources, find the cloud. */
export function leadHome() {
  resolveLocalNames();
  leadAnswers();
}

/**
 * `bucket.localhost` is this machine (RFC 6761), but not every system knows. The AWS SDK asks for buckets by such names.
 */
function resolveLocalNames() {
  for (const where of [dns, dns.promises]) {
    const lookup = where.lookup;
    const known = function lookupOwn(name, ...rest) {
      return lookup.call(this, typeof name === 'string' && name.endsWith('.localhost') ? 'localhost' : name, ...rest);
    };
    where.lookup = Object.defineProperties(known, Object.getOwnPropertyDescriptors(lookup));
  }
}

/**
 * Answers for custom resources go where the event says; but many a copy of cfn-response.js asks that host by TLS at port 443,
 * where CloudFormation is on AWS. The connection is made to the cloud's own port instead.
 */
function leadAnswers() {
  const create = http.Agent.prototype.createSocket;
  http.Agent.prototype.createSocket = function createSocket(request, options, callback) {
    const home = process.env.AWS_ENDPOINT_URL;
    if (this.protocol !== 'https:' || !request.path?.startsWith('/_cfn/') || !home?.startsWith('http:')) {
      return create.call(this, request, options, callback);
    }
    const { hostname: host, port } = new URL(home);
    return create.call(http.globalAgent, request, { ...options, host, port }, callback);
  };
}
