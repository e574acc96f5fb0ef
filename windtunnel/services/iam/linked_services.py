"""Which service wants which service-linked role: the name behind `AWSServiceRoleFor`, and the policy in it.

AWS: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html, and the service-linked role page of each service
"""

from __future__ import annotations

from typing import NamedTuple


class LinkedService(NamedTuple):
    role: str
    policy: str


_LIST = """
    access-analyzer                          AccessAnalyzer                              AccessAnalyzerServiceRolePolicy
    accountdiscovery.ssm                     AmazonSSM_AccountDiscovery                  AWSSystemsManagerAccountDiscoveryServicePolicy
    acm                                      CertificateManager                          CertificateManagerServiceRolePolicy
    appmesh                                  AppMesh                                     AWSAppMeshServiceRolePolicy
    autoscaling                              AutoScaling                                 AutoScalingServiceRolePolicy
    autoscaling-plans                        AutoScalingPlans_EC2AutoScaling             AWSAutoScalingPlansEC2AutoScalingPolicy
    backup                                   Backup                                      AWSBackupServiceLinkedRolePolicyForBackup
    batch                                    Batch                                       BatchServiceRolePolicy
    cassandra.application-autoscaling        ApplicationAutoScaling_CassandraTable       AWSApplicationAutoscalingCassandraTablePolicy
    cks.kms                                  KeyManagementServiceCustomKeyStores         AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy
    cloudtrail                               CloudTrail                                  CloudTrailServiceRolePolicy
    codestar-notifications                   CodeStarNotifications                       AWSCodeStarNotificationsServiceRolePolicy
    comprehend.application-autoscaling       ApplicationAutoScaling_ComprehendEndpoint   AWSApplicationAutoscalingComprehendEndpointPolicy
    config                                   Config                                      AWSConfigServiceRolePolicy
    config-conforms                          ConfigConforms                              ConfigConformsServiceRolePolicy
    connect                                  AmazonConnect                               AmazonConnectServiceLinkedRolePolicy
    custom-resource.application-autoscaling  ApplicationAutoScaling_CustomResource       AWSApplicationAutoScalingCustomResourcePolicy
    dax                                      DAX                                         AWSServiceRoleForDAXPolicy
    dms                                      DMSServerless                               AWSDMSServerlessServiceRolePolicy
    dms-fleet-advisor                        DMSFleetAdvisor                             AWSDMSFleetAdvisorServiceRolePolicy
    docdb-elastic                            DocDB-Elastic                               AmazonDocDB-ElasticServiceRolePolicy
    dynamodb.application-autoscaling         ApplicationAutoScaling_DynamoDBTable        AWSApplicationAutoscalingDynamoDBTablePolicy
    ec2-instance-connect                     Ec2InstanceConnect                          Ec2InstanceConnectEndpoint
    ec2.application-autoscaling              ApplicationAutoScaling_EC2SpotFleetRequest  AWSApplicationAutoscalingEC2SpotFleetRequestPolicy
    ecr                                      ECRTemplate                                 ECRTemplateServiceRolePolicy
    ecs                                      ECS                                         AmazonECSServiceRolePolicy
    ecs.application-autoscaling              ApplicationAutoScaling_ECSService           AWSApplicationAutoscalingECSServicePolicy
    eks                                      AmazonEKS                                   AmazonEKSServiceRolePolicy
    eks-connector                            AmazonEKSConnector                          AmazonEKSConnectorServiceRolePolicy
    eks-fargate                              AmazonEKSForFargate                         AmazonEKSForFargateServiceRolePolicy
    eks-nodegroup                            AmazonEKSNodegroup                          AWSServiceRoleForAmazonEKSNodegroup
    elasticache                              ElastiCache                                 ElastiCacheServiceRolePolicy
    elasticbeanstalk                         ElasticBeanstalk                            AWSElasticBeanstalkServiceRolePolicy
    elasticfilesystem                        AmazonElasticFileSystem                     AmazonElasticFileSystemServiceRolePolicy
    elasticloadbalancing                     ElasticLoadBalancing                        AWSElasticLoadBalancingServiceRolePolicy
    elasticmapreduce                         EMRCleanup                                  AmazonEMRCleanupPolicy
    email.cognito-idp                        AmazonCognitoIdpEmailService                AmazonCognitoIdpEmailServiceRolePolicy
    cognito-idp                              AmazonCognitoIdp                            AmazonCognitoIdpServiceRolePolicy
    emr-containers                           AmazonEMRContainers                         AmazonEMRContainersServiceRolePolicy
    emrwal                                   EMRWAL                                      EMRDescribeClusterPolicyForEMRWAL
    es                                       AmazonElasticsearchService                  AmazonElasticsearchServiceRolePolicy
    events                                   CloudWatchEvents                            CloudWatchEventsServiceRolePolicy
    fis                                      FIS                                         AmazonFISServiceRolePolicy
    globalaccelerator                        GlobalAccelerator                           AWSGlobalAcceleratorSLRPolicy
    grafana                                  AmazonGrafana                               AmazonGrafanaServiceLinkedRolePolicy
    guardduty                                AmazonGuardDuty                             AmazonGuardDutyServiceRolePolicy
    imagebuilder                             ImageBuilder                                AWSServiceRoleForImageBuilder
    inspector                                AmazonInspector                             AmazonInspectorServiceRolePolicy
    inspector2                               AmazonInspector2                            AmazonInspector2ServiceRolePolicy
    iotmanagedintegrations                   IoTManagedIntegrations                      AWSIoTManagedIntegrationsRolePolicy
    ivs                                      IVSRecordToS3                               IVSRecordToS3
    kafka                                    Kafka                                       KafkaServiceRolePolicy
    kafka.application-autoscaling            ApplicationAutoScaling_KafkaCluster         AWSApplicationAutoscalingKafkaClusterPolicy
    kafkaconnect                             KafkaConnect                                KafkaConnectServiceRolePolicy
    lakeformation                            LakeFormationDataAccess                     LakeFormationDataAccessServiceRolePolicy
    lambda.application-autoscaling           ApplicationAutoScaling_LambdaConcurrency    AWSApplicationAutoscalingLambdaConcurrencyPolicy
    lex                                      LexBots                                     AmazonLexBotPolicy
    lexv2                                    LexV2Bots                                   AmazonLexV2BotPolicy
    lightsail                                Lightsail                                   LightsailExportAccess
    logger.cloudfront                        CloudFrontLogger                            AWSCloudFrontLogger
    m2                                       AWSM2                                       AWSM2ServicePolicy
    macie                                    AmazonMacie                                 AmazonMacieServiceRolePolicy
    malware-protection.guardduty             AmazonGuardDutyMalwareProtection            AmazonGuardDutyMalwareProtectionServiceRolePolicy
    member.org.stacksets.cloudformation      CloudFormationStackSetsOrgMember            CloudFormationStackSetsOrgMemberServiceRolePolicy
    stacksets.cloudformation                 CloudFormationStackSetsOrgAdmin             CloudFormationStackSetsOrgAdminServiceRolePolicy
    memorydb                                 MemoryDB                                    MemoryDBServiceRolePolicy
    mq                                       AmazonMQ                                    AmazonMQServiceRolePolicy
    mrk.kms                                  KeyManagementServiceMultiRegionKeys         AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy
    notifications                            AwsUserNotifications                        AWSUserNotificationsServiceLinkedRolePolicy
    observability.aoss                       AmazonOpenSearchServerless                  AmazonOpenSearchServerlessServiceRolePolicy
    opensearchservice                        AmazonOpenSearchService                     AmazonOpenSearchServiceRolePolicy
    ops.apigateway                           APIGateway                                  APIGatewayServiceRolePolicy
    ops.emr-serverless                       AmazonEMRServerless                         AmazonEMRServerlessServiceRolePolicy
    opsdatasync.ssm                          SystemsManagerOpsDataSync                   AWSSystemsManagerOpsDataSyncServiceRolePolicy
    opsinsights.ssm                          AmazonSSM_OpsInsights                       AWSSSMOpsInsightsServiceRolePolicy
    organizations                            Organizations                               AWSOrganizationsServiceTrustPolicy
    pullthroughcache.ecr                     ECRPullThroughCache                         AWSECRPullThroughCache_ServiceRolePolicy
    ram                                      ResourceAccessManager                       AWSResourceAccessManagerServiceRolePolicy
    rds                                      RDS                                         AmazonRDSServiceRolePolicy
    rds.application-autoscaling              ApplicationAutoScaling_RDSCluster           AWSApplicationAutoscalingRDSClusterPolicy
    redshift                                 Redshift                                    AmazonRedshiftServiceLinkedRolePolicy
    replication.cassandra                    KeyspacesReplication                        KeyspacesReplicationServiceRolePolicy
    replication.dynamodb                     DynamoDBReplication                         DynamoDBReplicationServiceRolePolicy
    kinesisreplication.dynamodb              DynamoDBKinesisDataStreamsReplication       DynamoDBKinesisReplicationServiceRolePolicy
    contributorinsights.dynamodb             DynamoDBCloudWatchContributorInsights       DynamoDBCloudWatchContributorInsightsServiceRolePolicy
    replication.ecr                          ECRReplication                              ECRReplicationServiceRolePolicy
    replicator.lambda                        LambdaReplicator                            AWSLambdaReplicator
    repository.sync.codeconnections          GitSync                                     AWSGitSyncServiceRolePolicy
    resource-explorer-2                      ResourceExplorer                            AWSResourceExplorerServiceRolePolicy
    rolesanywhere                            RolesAnywhere                               AWSRolesAnywhereServicePolicy
    s3-outposts                              S3OnOutposts                                AWSS3OnOutpostsServiceRolePolicy
    sagemaker.application-autoscaling        ApplicationAutoScaling_SageMakerEndpoint    AWSApplicationAutoscalingSageMakerEndpointPolicy
    securityhub                              SecurityHub                                 AWSSecurityHubServiceRolePolicy
    servicequotas                            ServiceQuotas                               ServiceQuotasServiceRolePolicy
    ses                                      AmazonSES                                   AmazonSESServiceRolePolicy
    shield                                   AWSShield                                   AWSShieldServiceRolePolicy
    spot                                     EC2Spot                                     AWSEC2SpotServiceRolePolicy
    spotfleet                                EC2SpotFleet                                AWSEC2SpotFleetServiceRolePolicy
    ec2fleet                                 EC2Fleet                                    AWSEC2FleetServiceRolePolicy
    ssm                                      AmazonSSM                                   AmazonSSMServiceRolePolicy
    ssm-incidents                            IncidentManager                             AWSIncidentManagerServiceRolePolicy
    ssm-quicksetup                           SSMQuickSetup                               SSMQuickSetupRolePolicy
    sso                                      SSO                                         AWSSSOServiceRolePolicy
    support                                  Support                                     AWSSupportServiceRolePolicy
    transitgateway                           VPCTransitGateway                           AWSVPCTransitGatewayServiceRolePolicy
    trustedadvisor                           TrustedAdvisor                              AWSTrustedAdvisorServiceRolePolicy
    vpc-lattice                              VpcLattice                                  AWSVpcLatticeServiceRolePolicy
    vpcorigin.cloudfront                     CloudFrontVPCOrigin                         AWSCloudFrontVPCOriginServiceRolePolicy
    waf                                      WAFLogging                                  WAFLoggingServiceRolePolicy
    waf-regional                             WAFRegionalLogging                          WAFRegionalLoggingServiceRolePolicy
    wafv2                                    WAFV2Logging                                WAFV2LoggingServiceRolePolicy
    xray                                     XRay                                        AWSXRayServiceRolePolicy
"""

LINKED = {
    f"{service}.amazonaws.com": LinkedService(role, policy)
    for service, role, policy in (line.split() for line in _LIST.splitlines() if line.strip())
}
TAKES_SUFFIX = frozenset({"autoscaling.amazonaws.com", "connect.amazonaws.com", "lexv2.amazonaws.com"})
