"""Uploads one object, as a loader does that knows only the bucket's name."""

import os

import boto3

boto3.client("s3").put_object(Bucket=os.environ["DATALOCK_BUCKET"], Key="boto3", Body=b"of a writer\n")
