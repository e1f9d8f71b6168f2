package awstest

import (
	"fmt"
	"maps"
	"strings"
)

// actions are those of the services that speak JSON.
var actions = map[string]func(*Server, call, object) (object, error){
	"cloudtrail:CreateTrail": putTrail, "cloudtrail:UpdateTrail": putTrail,
	"cloudtrail:DescribeTrails": func(s *Server, _ call, in object) (object, error) {
		found := []any{}
		for _, name := range in["trailNameList"].([]any) {
			if trail := s.kept["trail "+lastPart(name.(string))]; trail != nil {
				found = append(found, trail)
			}
		}
		return object{"trailList": found}, nil
	},
	"cloudtrail:GetTrailStatus": func(s *Server, _ call, in object) (object, error) {
		return object{"IsLogging": s.trail(in, "Name")["logging"] == true}, nil
	},
	"cloudtrail:StartLogging": func(s *Server, _ call, in object) (object, error) {
		s.trail(in, "Name")["logging"] = true
		return object{}, nil
	},
	"cloudtrail:PutEventSelectors": func(s *Server, _ call, in object) (object, error) {
		trail := s.trail(in, "TrailName")
		trail["AdvancedEventSelectors"], trail["HasCustomEventSelectors"] = in["AdvancedEventSelectors"], true
		return in, nil
	},
	"cloudtrail:GetEventSelectors": func(s *Server, _ call, in object) (object, error) {
		trail := s.trail(in, "TrailName")
		return object{"TrailARN": trail["TrailARN"], "AdvancedEventSelectors": trail["AdvancedEventSelectors"]}, nil
	},
	"cloudtrail:ListTags": func(_ *Server, _ call, in object) (object, error) {
		var all []any
		for _, id := range in["ResourceIdList"].([]any) {
			all = append(all, object{"ResourceId": id, "TagsList": []any{}})
		}
		return object{"ResourceTagList": all}, nil
	},

	"events:PutRule": func(s *Server, c call, in object) (object, error) {
		rule := s.keep("rule", in["Name"].(string), in)
		rule["Arn"], rule["EventBusName"] = c.arn("rule/"+in["Name"].(string)), "default"
		return object{"RuleArn": rule["Arn"]}, nil
	},
	"events:DescribeRule": func(s *Server, _ call, in object) (object, error) {
		return s.find("rule", in["Name"].(string), "ResourceNotFoundException")
	},
	"events:ListTagsForResource": func(*Server, call, object) (object, error) { return object{"Tags": []any{}}, nil },
	"events:PutTargets": func(s *Server, _ call, in object) (object, error) {
		s.keep("targets", in["Rule"].(string), in)
		return object{"FailedEntryCount": 0, "FailedEntries": []any{}}, nil
	},
	"events:ListTargetsByRule": func(s *Server, _ call, in object) (object, error) {
		return s.find("targets", in["Rule"].(string), "ResourceNotFoundException")
	},

	"kms:CreateKey": func(s *Server, c call, in object) (object, error) {
		id := fmt.Sprintf("%08d-0000-0000-0000-000000000000", len(s.kept))
		key := s.keep("key", id, in)
		maps.Copy(key, object{
			"KeyId": id, "Arn": c.arn("key/" + id), "Enabled": true, "KeyState": "Enabled", "KeyUsage": "ENCRYPT_DECRYPT",
			"Origin": "AWS_KMS", "KeySpec": "SYMMETRIC_DEFAULT", "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
			"KeyManager": "CUSTOMER", "MultiRegion": false,
		})
		return object{"KeyMetadata": key}, nil
	},
	"kms:DescribeKey": func(s *Server, _ call, in object) (object, error) {
		key, err := s.find("key", lastPart(in["KeyId"].(string)), "NotFoundException")
		return object{"KeyMetadata": key}, err
	},
	"kms:GetKeyPolicy": func(s *Server, _ call, in object) (object, error) {
		key, err := s.find("key", lastPart(in["KeyId"].(string)), "NotFoundException")
		return object{"Policy": key["Policy"], "PolicyName": "default"}, err
	},
	"kms:EnableKeyRotation": func(s *Server, _ call, in object) (object, error) {
		s.keep("key", lastPart(in["KeyId"].(string)), object{"KeyRotationEnabled": true, "RotationPeriodInDays": in["RotationPeriodInDays"]})
		return object{}, nil
	},
	"kms:GetKeyRotationStatus": func(s *Server, _ call, in object) (object, error) {
		key, err := s.find("key", lastPart(in["KeyId"].(string)), "NotFoundException")
		return object{"KeyRotationEnabled": key["KeyRotationEnabled"] == true, "RotationPeriodInDays": key["RotationPeriodInDays"]}, err
	},
	"kms:ListResourceTags": func(*Server, call, object) (object, error) {
		return object{"Tags": []any{}, "Truncated": false}, nil
	},
}

// putTrail makes or changes a trail.
func putTrail(s *Server, c call, in object) (object, error) {
	name := lastPart(in["Name"].(string))
	trail := s.keep("trail", name, in)
	trail["TrailARN"], trail["HomeRegion"] = c.arn("trail/"+name), c.region
	// A trail says so under another name than one asks for it.
	trail["LogFileValidationEnabled"] = trail["EnableLogFileValidation"]
	return trail, nil
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

func (s *Server) find(kind, name, missing string) (object, error) {
	if found := s.kept[kind+" "+name]; found != nil {
		return found, nil
	}
	return nil, failure{missing}
}

// lastPart returns the name at the end of an ARN.
func lastPart(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
