/** An ES module for the rehearsal (`rehearsal.mjs`). */

export const handler = async (event) => event;
