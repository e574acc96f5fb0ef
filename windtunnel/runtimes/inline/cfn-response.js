/**
 * The module that CloudFormation puts beside inline code: a function's answer for a custom resource.
 * AWS: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html
 */
'use strict';

exports.SUCCESS = 'SUCCESS';
exports.FAILED = 'FAILED';

exports.send = (event, context, responseStatus, responseData, physicalResourceId, noEcho) =>
  new Promise((resolve, reject) => {
    const body = JSON.stringify({
      Status: responseStatus,
      Reason: `See the details in CloudWatch Log Stream: ${context.logStreamName}`,
      PhysicalResourceId: physicalResourceId || context.logStreamName,
      StackId: event.StackId,
      RequestId: event.RequestId,
      LogicalResourceId: event.LogicalResourceId,
      NoEcho: noEcho || false,
      Data: responseData,
    });
    console.log('Response body:\n', body);
    const { request } = require(event.ResponseURL.startsWith('https:') ? 'https' : 'http');
    const headers = { 'content-type': '', 'content-length': Buffer.byteLength(body) };
    const sending = request(event.ResponseURL, { method: 'PUT', headers }, (response) => {
      console.log(`Status code: ${response.statusCode}`);
      response.resume();
      resolve(context.done());
    });
    sending.on('error', (error) => {
      console.log(`send(..) failed executing https.request(..): ${error}`);
      reject(context.done(error));
    });
    sending.end(body);
  });
