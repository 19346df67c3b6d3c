# frozen_string_literal: true

class RoleSerializer
  def initialize(role)
    @role = role
  end

  def as_json(*)
    {
      id: @role.id.to_s,
      name: @role.name,
      permissions: @role.permissions.to_s,
      color: @role.color,
      highlighted: @role.highlighted,
      require_2fa: @role.require_2fa,
    }
  end
end
