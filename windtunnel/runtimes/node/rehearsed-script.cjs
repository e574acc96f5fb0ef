/** A CommonJS module for the rehearsal (`rehearsal.mjs`). */

exports.handler = async (event) => event;
