/** The context object that a function gets as its second argument. AWS: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */

/** `variables` are those that the runtime began with, whatever the function has made of them. */
export function contextOf(headers, variables) {
  const deadline = deadlineOf(headers);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: variables.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: variables.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: variables.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: variables.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: variables.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parsed(headers['lambda-runtime-client-context']),
    identity: parsed(headers['lambda-runtime-cognito-identity']),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(deadline - performance.now())),
  };
}

/** On this process's own clock: the platform's may be a virtual one, so it says how much is left. */
function deadlineOf(headers) {
  const left = headers['windtunnel-time-left-ms'];
  return performance.now() + (left === undefined ? Number(headers['lambda-runtime-deadline-ms']) - Date.now() : Number(left));
}

function parsed(text) {
  return text ? JSON.parse(text) : undefined;
}
