package awstest

import (
	"fmt"
	"maps"
	"strings"
)

// actions are those of the services that speak JSON.
var actions = map[string]func(*Server, call, object) object{
	"cloudtrail:CreateTrail": putTrail, "cloudtrail:UpdateTrail": putTrail,
	"cloudtrail:DescribeTrails": func(s *Server, _ call, in object) object {
		found := []any{}
		for _, name := range in["trailNameList"].([]any) {
			if trail := s.kept["trail "+lastPart(name.(string))]; trail != nil {
				found = append(found, trail)
			}
		}
		return object{"trailList": found}
	},
	"cloudtrail:GetTrailStatus": func(s *Server, _ call, in object) object {
		return object{"IsLogging": s.trail(in, "Name")["logging"] == true}
	},
	"cloudtrail:GetTrail": func(s *Server, _ call, in object) object {
		trail := s.kept["trail "+lastPart(in["Name"].(string))]
		if trail == nil {
			return nil
		}
		return object{"Trail": trail}
	},
	"cloudtrail:DeleteTrail": func(s *Server, _ call, in object) object {
		delete(s.kept, "trail "+lastPart(in["Name"].(string)))
		return object{}
	},
	"cloudtrail:StartLogging": func(s *Server, _ call, in object) object {
		s.trail(in, "Name")["logging"] = true
		return object{}
	},
	"cloudtrail:StopLogging": func(s *Server, _ call, in object) object {
		s.trail(in, "Name")["logging"] = false
		return object{}
	},
	"cloudtrail:PutEventSelectors": func(s *Server, _ call, in object) object {
		trail := s.trail(in, "TrailName")
		trail["AdvancedEventSelectors"], trail["HasCustomEventSelectors"] = in["AdvancedEventSelectors"], true
		return in
	},
	"cloudtrail:GetEventSelectors": func(s *Server, _ call, in object) object {
		trail := s.trail(in, "TrailName")
		return object{"TrailARN": trail["TrailARN"], "AdvancedEventSelectors": trail["AdvancedEventSelectors"]}
	},
	"cloudtrail:ListTags": func(_ *Server, _ call, in object) object {
		var all []any
		for _, id := range in["ResourceIdList"].([]any) {
			all = append(all, object{"ResourceId": id, "TagsList": []any{}})
		}
		return object{"ResourceTagList": all}
	},

	"events:PutRule": func(s *Server, c call, in object) object {
		rule := s.keep("rule", in["Name"].(string), in)
		rule["Arn"], rule["EventBusName"] = c.arn("rule/"+in["Name"].(string)), "default"
		return object{"RuleArn": rule["Arn"]}
	},
	"events:DescribeRule": func(s *Server, _ call, in object) object {
		return s.kept["rule "+in["Name"].(string)]
	},
	"events:ListTagsForResource": func(*Server, call, object) object { return object{"Tags": []any{}} },
	"events:PutTargets": func(s *Server, _ call, in object) object {
		s.keep("targets", in["Rule"].(string), in)
		return object{"FailedEntryCount": 0, "FailedEntries": []any{}}
	},
	"events:ListTargetsByRule": func(s *Server, _ call, in object) object {
		return s.kept["targets "+in["Rule"].(string)]
	},

	"kms:CreateKey": func(s *Server, c call, in object) object {
		id := fmt.Sprintf("%08d-0000-0000-0000-000000000000", len(s.kept))
		key := s.keep("key", id, in)
		maps.Copy(key, object{
			"KeyId": id, "Arn": c.arn("key/" + id), "Enabled": true, "KeyState": "Enabled", "KeyUsage": "ENCRYPT_DECRYPT",
			"Origin": "AWS_KMS", "KeySpec": "SYMMETRIC_DEFAULT", "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
			"KeyManager": "CUSTOMER", "MultiRegion": false,
		})
		return object{"KeyMetadata": key}
	},
	"kms:DescribeKey": func(s *Server, _ call, in object) object {
		return object{"KeyMetadata": s.kept["key "+lastPart(in["KeyId"].(string))]}
	},
	"kms:GetKeyPolicy": func(s *Server, _ call, in object) object {
		key := s.kept["key "+lastPart(in["KeyId"].(string))]
		return object{"Policy": key["Policy"], "PolicyName": "default"}
	},
	"kms:EnableKeyRotation": func(s *Server, _ call, in object) object {
		s.keep("key", lastPart(in["KeyId"].(string)), object{
			"KeyRotationEnabled":   true,
			"RotationPeriodInDays": in["RotationPeriodInDays"],
		})
		return object{}
	},
	"kms:GetKeyRotationStatus": func(s *Server, _ call, in object) object {
		key := s.kept["key "+lastPart(in["KeyId"].(string))]
		return object{
			"KeyRotationEnabled":   key["KeyRotationEnabled"] == true,
			"RotationPeriodInDays": key["RotationPeriodInDays"],
		}
	},
	"kms:ListResourceTags": func(*Server, call, object) object {
		return object{"Tags": []any{}, "Truncated": false}
	},
}

// putTrail makes or changes a trail.
func putTrail(s *Server, c call, in object) object {
	name := lastPart(in["Name"].(string))
	trail := s.keep("trail", name, in)
	trail["TrailARN"], trail["HomeRegion"] = c.arn("trail/"+name), c.region
	// A trail says so under another name than one asks for it.
	trail["LogFileValidationEnabled"] = trail["EnableLogFileValidation"]
	return trail
}

// trail returns the trail that a request names, or an empty one.
func (s *Server) trail(in object, by string) object {
	name, _ := in[by].(string)
	if trail := s.kept["trail "+lastPart(name)]; trail != nil {
		return trail
	}
	return object{}
}

// keep adds what a request says to a resource, and returns all of that.
func (s *Server) keep(kind, name string, in object) object {
	all := s.kept[kind+" "+name]
	if all == nil {
		all = object{}
		s.kept[kind+" "+name] = all
	}
	maps.Copy(all, in)
	return all
}

// lastPart returns the name at the end of an ARN.
func lastPart(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
